"""Templates of e-mails: what they can say, and that nothing in them can do harm."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest

from domain.rules.email_templates import (
    LONGEST_BODY,
    LONGEST_RESULT,
    MOST_LINES,
    SAMPLE,
    UnusableTemplateError,
    render,
)

pytestmark = pytest.mark.rule("D7")


def check(source: str) -> None:
    render(source, SAMPLE)


LONG = replace(SAMPLE, order=replace(SAMPLE.order, lines=SAMPLE.order.lines * MOST_LINES))


def test_a_template_names_values_loops_over_lines_and_decides() -> None:
    source = (
        "Dear customer of {{ client | upper }},\n"
        "{% for line in order.lines if line.back_ordered %}\n"
        "{{ loop.index }}. {{ line.back_ordered }} of {{ line.requested }} {{ line.name }}\n"
        "{% endfor %}\n"
        "{% if order.promised_at %}\n"
        "Promised for {{ order.promised_at | date }}{# never shown #} at {{ order.promised_at | time }}.\n"
        "{% else %}\n"
        "Not promised.\n"
        "{% endif %}\n"
    )
    assert render(source, SAMPLE) == (
        "Dear customer of ACME,\n1. 1 of 5 Tea\nPromised for 2026-03-16 at 08:00.\n"
    )


def test_what_has_no_value_is_printed_as_nothing() -> None:
    check(
        "{{ order.store }}{{ order.delayed_until }}{{ previously_promised_at | date }}{{ dispatch.number }}"
    )
    assert render("{{ order.ordered_at }}{{ dispatch.number }}", SAMPLE) == "2026-03-02 08:00D1-1"
    bare = replace(SAMPLE, order=replace(SAMPLE.order, store=None, promised_at=None))
    assert render(
        "{{ order.store }}|{{ order.promised_at | date }}|{{ order.promised_at | time }}", bare
    ) == ("||")


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("Order {{ ordre.number }}", 1, "There is no 'ordre'."),
        ("Order\n\n{{ order.nummer }}", 3, "There is no 'nummer'."),
        ("Order\n{% if order.store %}\n{{ order.number", 3, "unexpected end of template"),
        ("\n{{ order.promised_at - 1 }}", 2, "unsupported operand"),
        ("\n{{ order }}", 2, "name what of it is wanted"),
        ("{{ order.number.upper }}", 1, "name what of it is wanted"),
        ("{{ order.number | shout }}", 1, "No filter named 'shout'."),
    ],
)
def test_a_template_that_does_not_render_is_told_why_and_where(source: str, line: int, says: str) -> None:
    with pytest.raises(UnusableTemplateError) as refused:
        check(source)
    assert refused.value.line == line
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("Order\n{% set x = 1 %}", 2, "Assign is not part of what templates may use here."),
        ("\n\n{{ order._number }}", 3, "There is no '_number'."),
        (
            "\n{% for a in order.lines %}\n{% for b in order.lines %}{% endfor %}{% endfor %}",
            3,
            "A loop can't stand inside another loop.",
        ),
        ("\n{% for a in [1, 2] %}{% endfor %}", 2, "A loop goes over a list such as order.lines."),
        (
            "\n{% for a in order.lines recursive %}{% endfor %}",
            2,
            "A loop goes over a list such as order.lines.",
        ),
        ("Order\n{{ order.lines }}", 2, "This is no text but a tuple; name what of it is wanted."),
        ("{% if 1 %}" * 900 + "{% endif %}" * 900, 1, "It is nested too deeply."),
    ],
)
def test_what_a_template_may_not_contain_is_named_with_its_line(source: str, line: int, message: str) -> None:
    with pytest.raises(UnusableTemplateError) as refused:
        check(source)
    assert (refused.value.message, refused.value.line) == (message, line)


@pytest.mark.parametrize(
    "source",
    [
        "{{ order.__class__.__mro__ }}",
        "{{ order['__class__'] }}",
        "{{ order.number.format(order) }}",
        "{{ order.number | attr('__class__') }}",
        "{{ self._TemplateReference__context }}",
        "{{ loop.__class__ }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{{ lipsum(n=100000) }}",
    ],
)
def test_a_template_can_not_reach_beyond_its_values(source: str) -> None:
    with pytest.raises(UnusableTemplateError):
        check(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ '%1000000000d' % 1 }}",
        "{% for a in range(1000000000) %}{% endfor %}",
        "{% for a in order.lines %}{% for b in order.lines %}{% endfor %}{% endfor %}",
        "{% for a in [1, 2, 3] %}{% endfor %}",
        "{% set x = 'xx' %}" + "{% set x = x ~ x %}" * 60 + "{{ x }}",
        "{% with x = 'xx' %}{{ x }}{% endwith %}",
        "{{ order.number | center(1000000000) }}",
        "{{ order.number | replace('', 'xxxxxxxxxx') }}",
        "{{ " + "(" * 9_000 + "1" + ")" * 9_000 + " }}",
        "{{ 1" + " + 1" * 4_000 + " }}",
        "{% if 1 %}" * 900 + "{% endif %}" * 900,
        "{{ " + "9" * 9_000 + " }}",
    ],
)
def test_a_template_can_not_use_up_time_or_memory(source: str) -> None:
    # Of this process: what else the machine does meanwhile takes none of it.
    began = process_time()
    with pytest.raises(UnusableTemplateError):
        check(source)
    assert process_time() - began < 2


def test_the_longest_template_over_the_longest_order_ends_soon() -> None:
    test, start, end = "{%if l.sku%}{%endif%}", "{%for l in order.lines%}", "{%endfor%}"
    source = start + test * ((LONGEST_BODY - len(start + end)) // len(test)) + end
    began = process_time()

    assert render(source, LONG) == ""

    assert process_time() - began < 5


def test_what_renders_to_too_much_is_refused() -> None:
    values = replace(LONG, client="x" * 1_000)
    with pytest.raises(UnusableTemplateError, match=f"longer than {LONGEST_RESULT:,}"):
        render("{% for line in order.lines %}{{ client }}.{% endfor %}", values)


def test_what_renders_to_as_much_as_is_allowed_is_not_too_much() -> None:
    longest = "x" * (LONGEST_RESULT // 2)
    assert render("{{ client }}{{ client }}", replace(SAMPLE, client=longest)) == longest * 2
    with pytest.raises(UnusableTemplateError) as refused:
        render("{{ client }}\n{{ client }}", replace(SAMPLE, client=longest))
    assert (refused.value.message, refused.value.line) == (
        f"What it renders to is longer than {LONGEST_RESULT:,} characters.",
        1,
    )

"""What a document has against it, by the rules of graphql-core and those that Strawberry adds."""

from __future__ import annotations

from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    VariableNode,
    get_named_type,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.base import StrawberryObjectDefinition


def validated(
    schema: GraphQLSchema, document: DocumentNode, rules: tuple[type[ASTValidationRule], ...]
) -> list[GraphQLError]:
    """The errors of the document; none if it can be executed."""
    return validate(schema, document, (*rules, MaybeNullValidationRule, OneOfRule))


class OneOfRule(OneOfInputValidationRule):
    """One field of a `@oneOf` input object is given, and not null.

    Strawberry's own rule looks a variable up in the operation that was last before it. There is none of that
    name where nobody has defined it, or where it stands in a fragment behind another operation.
    """

    def validate_one_of(self, node: ObjectValueNode, type: GraphQLNamedType) -> None:  # noqa: A002
        """Look at what the document says itself; variables are looked at for each operation."""
        if len(node.fields) != 1 or not isinstance(node.fields[0].value, VariableNode):
            super().validate_one_of(node, type)

    def leave_operation_definition(self, node: OperationDefinitionNode, *_where: Any) -> None:
        """Look at the variables that the operation, and the fragments it spreads, give to such objects."""
        for usage in self.context.get_recursive_variable_usages(node):
            name = usage.node.name.value
            parent = get_named_type(usage.parent_type)
            # That it is not defined at all another rule says.
            defined = self.variable_definitions.get(name)
            if parent is None or defined is None or isinstance(defined.type, NonNullTypeNode):
                continue
            declared = parent.extensions.get("strawberry-definition")
            if isinstance(declared, StrawberryObjectDefinition) and declared.is_one_of:
                self.report_error(
                    GraphQLError(
                        f"Variable '${name}' must be non-nullable to be used for OneOf Input Object "
                        f"'{parent.name}'.",
                        nodes=[defined, usage.node],
                    )
                )

"""The same application with Strawberry's caches of documents that were parsed and validated before."""

from __future__ import annotations

from strawberry.extensions import ParserCache, ValidationCache

from bench.peers.plain.app import application

app = application([ParserCache, ValidationCache])

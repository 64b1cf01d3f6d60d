"""Tokens of an OpenID Connect issuer, beside our own: whose they are, and whether its keys signed them."""

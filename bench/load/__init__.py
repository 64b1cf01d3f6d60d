"""Clients that put load on servers, in processes of their own."""

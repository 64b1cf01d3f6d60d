"""How marketplaces are fetched from: one module per kind of connection (C5)."""

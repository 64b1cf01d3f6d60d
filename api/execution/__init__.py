"""The breadth-first executor: it knows GraphQL and nothing of orders."""

"""What a good user of Strawberry and Tortoise would write over the same tables."""

"""Variants told one by one: messages, tables, what a killed run left, and the results."""

"""The source's claims, and the tables of claims and checks."""

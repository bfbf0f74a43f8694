"""The server's own OpenAPI document: one module for the routes of each service.

A route is described once, as an ``Operation``. What it takes is read from where it is judged (the
pydantic bodies of the dialects, the cards' schemas); what it answers is a ``Shape``.
"""

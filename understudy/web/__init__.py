"""Pages for people: the catalogue, a page for each model, the playground, the docs.

Templates are rendered on the server; scripts add to pages that can be read without them. Nothing
here knows a wire format: pages call the public routes, as every client does.
"""

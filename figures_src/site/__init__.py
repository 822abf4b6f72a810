"""The thin rim: the only modules that know MkDocs and its plugins."""

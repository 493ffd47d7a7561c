"""Fuzzing every parser of `eid` (atheris): only `EidError` comes out. `make fuzz`; one file a group of parsers."""

"""What /openapi.json says of answers, held against every answer the tests get."""

import re


class Contract:
    """The document of a running server."""

    def __init__(self, document):
        self.document = document
        self.schemas = document["components"]["schemas"]
        # A fixed segment wins over a parameter, as in the server.
        paths = sorted(document["paths"], key=lambda path: (path.count("{"), path))
        self.paths = [(re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)), document["paths"][path])
                      for path in paths]

    def operation(self, method, path):
        """The declaration of a call; None when there is none."""
        for pattern, verbs in self.paths:
            if pattern.fullmatch(path) and method.lower() in verbs:
                return verbs[method.lower()]
        return None

    def check(self, method, path, reply):
        """A success must have the declared status, all that is required and nothing undeclared."""
        call = f"{method} {path}"
        operation = self.operation(method, path)
        assert operation, f"{call} is not declared"
        declared = operation["responses"].get(str(reply.status))
        assert declared, f"{call} -> {reply.status} is not declared"
        content = declared.get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            wrong = list(self.faults(schema, reply.json, "#"))
            assert not wrong, f"{call} -> {reply.status}: {wrong[:5]}"
        else:
            assert content or not reply.body, f"{call} -> {reply.status} has an undeclared body"

    def faults(self, schema, value, where):
        """What does not fit, as texts."""
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            choices = [list(self.faults(each, value, where)) for each in schema["anyOf"]]
            yield from [] if [] in choices else choices[0]
            return
        if not self.is_a(schema.get("type"), value):
            yield f"{where} is no {schema['type']}: {str(value)[:60]}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{where} is none of {schema['enum']}: {value}"
        elif "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{where} is not like {schema['pattern']}: {value}"
        elif schema.get("type") == "array":
            for number, each in enumerate(value):
                yield from self.faults(schema["items"], each, f"{where}/{number}")
        elif schema.get("type") == "object":
            yield from self.members(schema, value, where)

    def members(self, schema, value, where):
        """What is missing in an object, undeclared or wrong."""
        yield from (f"{where}/{name} is missing" for name in schema["required"]
                    if name not in value)
        for name, each in value.items():
            declared = schema["properties"].get(name, schema.get("additionalProperties"))
            if declared is None:
                yield f"{where}/{name} is not declared"
            else:
                yield from self.faults(declared, each, f"{where}/{name}")

    @staticmethod
    def is_a(kind, value):
        """Whether a value is of a JSON Schema type; of none: any value is."""
        if kind in ("integer", "number"):
            numbers = (int,) if kind == "integer" else (int, float)
            return isinstance(value, numbers) and not isinstance(value, bool)
        kinds = {"string": str, "boolean": bool, "array": list, "object": dict,
                 "null": type(None), None: object}
        return isinstance(value, kinds[kind])

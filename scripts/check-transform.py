"""Transforms template.yaml with AWS's own translator and checks what SAM makes of it: that both spellings of the
route survive (SAM lower-cases route keys into logical ids, so that one would silently replace the other), that each
route may call its function and no function is unknown here, that the CORS configuration is whole (SAM drops what
stands beside an AllowOrigins that is a function), and that no generated role allows more than it names."""

import sys
from collections import Counter

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

# Log delivery has no resources to name: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
OPEN_ACTIONS = {"logs"}

# The route keys, both spellings of one among them, and the function that answers each.
ROUTES = {
    "$connect": "ConnectFunction",
    "$disconnect": "DisconnectFunction",
    "$default": "DefaultFunction",
    "createRoom": "CreateRoomFunction",
    "joinRoom": "JoinRoomFunction",
    "leaveRoom": "LeaveRoomFunction",
    "sendmessage": "SendmessageFunction",
    "sendMessage": "SendmessageFunction",
    "history": "HistoryFunction",
    "members": "MembersFunction",
    "ping": "PingFunction",
}

# Those that no route leads to: the HTTP API's, and the workflow's.
OTHER_FUNCTIONS = {"BroadcastFunction", "PostFunction"}


class NoManagedPolicies:
    def load(self):
        return {}


def local_code_as_uploaded(template):
    """The translator runs after `sam package`, when code is in S3."""
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    for resource in template["Resources"].values():
        if "DefinitionUri" in resource.get("Properties", {}):
            resource["Properties"]["DefinitionUri"] = "s3://bucket/key"
    return template


def main():
    with open("template.yaml", encoding="utf-8") as file:
        template = local_code_as_uploaded(yaml_parse(file.read()))
    resources = transform(template, {}, NoManagedPolicies())["Resources"]
    of_type = lambda kind: {name: r for name, r in resources.items() if r["Type"] == kind}

    functions = set(of_type("AWS::Lambda::Function"))
    expected = set(ROUTES.values()) | OTHER_FUNCTIONS
    assert functions == expected, f"{sorted(functions ^ expected)}: in the template or in this script, not in both"

    routes = Counter(r["Properties"]["RouteKey"] for r in of_type("AWS::ApiGatewayV2::Route").values())
    assert routes == Counter(ROUTES.keys()), routes

    permissions = [r["Properties"] for r in of_type("AWS::Lambda::Permission").values()]
    for key, function in ROUTES.items():
        allowed = [p for p in permissions if function in str(p["FunctionName"]) and f"/{key}'" in str(p["SourceArn"])]
        assert allowed, f"nothing lets API Gateway call {function} for {key}"

    cors = resources["HttpApi"]["Properties"]["Body"]["x-amazon-apigateway-cors"]["Fn::If"][1]
    assert set(cors) == {"allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders", "maxAge"}, cors

    for name, role in of_type("AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                assert not any("*" in action for action in actions), (name, actions)
                if statement["Resource"] == "*":
                    assert {action.split(":")[0] for action in actions} <= OPEN_ACTIONS, (name, actions)

    print(f"{len(resources)} resources, {len(routes)} routes")


sys.exit(main())

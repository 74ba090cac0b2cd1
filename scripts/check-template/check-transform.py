"""Applies the SAM transform to template.yaml and checks the result:

- Both spellings of the sendmessage route exist. SAM lower-cases route keys into logical IDs, so one could silently
  replace the other.
- API Gateway is allowed to invoke the function of each route, and every function is listed in this script.
- The CORS configuration is complete. SAM drops all other keys when AllowOrigins is an intrinsic function.
- API Gateway deploys the WebSocket API only after all of its routes exist.
- No generated role allows wildcard actions, or actions on all resources that are not in OPEN_ACTIONS.
"""

import re
import sys
from collections import Counter

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

# Log delivery actions do not support resource ARNs: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
OPEN_ACTIONS = {"logs"}

# Route keys, including both spellings of sendmessage, and their functions.
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
    "invite": "ModerateFunction",
    "invites": "ModerateFunction",
    "revokeInvite": "ModerateFunction",
    "kick": "ModerateFunction",
    "ban": "ModerateFunction",
    "unban": "ModerateFunction",
    "setRole": "ModerateFunction",
    "setRoom": "ModerateFunction",
    "block": "ModerateFunction",
    "unblock": "ModerateFunction",
    "follow": "ModerateFunction",
    "refreshToken": "RefreshTokenFunction",
    "typing": "IndicatorsFunction",
    "markRead": "IndicatorsFunction",
    "deleteMessage": "ChangeMessageFunction",
    "editMessage": "ChangeMessageFunction",
    "react": "ChangeMessageFunction",
}

# Functions that have no WebSocket route. The HTTP API and the workflow invoke them.
OTHER_FUNCTIONS = {"ApiFunction", "BroadcastFunction", "NotifyAwayFunction", "PostFunction"}


class EmptyPolicyLoader:
    """Replaces the loader of AWS managed policies, which would call IAM."""

    def load(self):
        return {}


def replace_local_code(template):
    """Replaces local paths with S3 URIs, as `sam package` does before CloudFormation applies the transform."""
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    for resource in template["Resources"].values():
        if "DefinitionUri" in resource.get("Properties", {}):
            resource["Properties"]["DefinitionUri"] = "s3://bucket/key"
    return template


def dependencies_of(name, resources):
    """Returns the resources that CloudFormation creates before a resource, directly or indirectly."""
    found, waiting = set(), [name]
    while waiting:
        for other in references_of(resources[waiting.pop()]) & set(resources) - found:
            found.add(other)
            waiting.append(other)
    return found


def references_of(value):
    """Returns the names in DependsOn, Ref, Fn::GetAtt and Fn::Sub, and other texts that are no resources."""
    if isinstance(value, dict):
        return set().union(*(references_of(member) for member in value.values()))
    if isinstance(value, list):
        return set().union(*(references_of(member) for member in value))
    if isinstance(value, str):
        return {value} | {text.split(".")[0] for text in re.findall(r"\$\{([\w.]+)\}", value)}
    return set()


def main():
    with open("template.yaml", encoding="utf-8") as file:
        template = replace_local_code(yaml_parse(file.read()))
    resources = transform(template, {}, EmptyPolicyLoader())["Resources"]
    of_type = lambda kind: {name: r for name, r in resources.items() if r["Type"] == kind}

    functions = set(of_type("AWS::Lambda::Function"))
    expected = set(ROUTES.values()) | OTHER_FUNCTIONS
    assert functions == expected, f"in only one of the template and this script: {sorted(functions ^ expected)}"

    routes = Counter(r["Properties"]["RouteKey"] for r in of_type("AWS::ApiGatewayV2::Route").values())
    assert routes == Counter(ROUTES.keys()), routes

    # If a route is created after the stage, API Gateway starts a deployment, and concurrent changes to an API conflict.
    (stage,) = (name for name in of_type("AWS::ApiGatewayV2::Stage") if name.startswith("WebSocketApi"))
    early = set(of_type("AWS::ApiGatewayV2::Route")) - dependencies_of(stage, resources)
    assert not early, f"created independently of the stage: {sorted(early)}"

    permissions = [r["Properties"] for r in of_type("AWS::Lambda::Permission").values()]
    for key, function in ROUTES.items():
        allowed = [p for p in permissions if function in str(p["FunctionName"]) and f"/{key}'" in str(p["SourceArn"])]
        assert allowed, f"no permission allows API Gateway to invoke {function} for the route {key}"

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

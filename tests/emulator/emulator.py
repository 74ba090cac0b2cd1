"""MiniStack, with the few things that it lacks. Each is AWS's documented behaviour, and each is here because without it
the stack could not be deployed, nothing of the chat could be tested, or `npm run verify:aws` would look at what the
emulator left out. Everything else it does differently is left as it is and listed in deviations.json.

Started by emulator.ts with GATEWAY_PORT set; stops on SIGTERM.
"""

import json
import os
import re
from contextvars import ContextVar
from datetime import datetime, timezone

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import apigateway, dynamodb, stepfunctions
from ministack.services.cloudformation import provisioners

ADDRESS = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"

# What the $connect integration of the handshake under way has answered.
_connect_answer = ContextVar("connect_answer", default=None)


def answer_handshakes_as_the_integration_says():
    """The $connect integration chooses the subprotocol, and its status is what a refused client sees. MiniStack accepts
    without a subprotocol, on which clients that asked for one hang up, and refuses with 403 whatever was answered.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html"""
    invoke, handle = apigateway._invoke_ws_lambda, apigateway.handle_websocket

    async def invoke_and_remember(api_id, account_id, region, route, stage, connection_id, event_type, *args, **kwargs):
        answer = await invoke(api_id, account_id, region, route, stage, connection_id, event_type, *args, **kwargs)
        if event_type == "CONNECT":
            _connect_answer.set(answer or {})
        return answer

    async def handle_as_answered(scope, receive, send, *args, **kwargs):
        accepted = False

        async def send_as_answered(message):
            nonlocal accepted
            answer = _connect_answer.get() or {}
            if message["type"] == "websocket.accept":
                accepted = True
                headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
                message = {**message, "subprotocol": headers.get("sec-websocket-protocol")}
            elif message["type"] == "websocket.close" and not accepted and "statusCode" in answer:
                await send({"type": "websocket.http.response.start", "status": int(answer["statusCode"]), "headers": []})
                await send({"type": "websocket.http.response.body", "body": b""})
                return
            await send(message)

        _connect_answer.set(None)
        await handle(scope, receive, send_as_answered, *args, **kwargs)

    apigateway._invoke_ws_lambda, apigateway.handle_websocket = invoke_and_remember, handle_as_answered


def describe_connections_as_modelled():
    """GetConnection answers `connectedAt`, `lastActiveAt` (ISO 8601) and `identity`, by the API's own model: `botocore/
    data/apigatewaymanagementapi/2018-11-29/service-2.json`. MiniStack capitalises the names and sends seconds, which no
    SDK reads; and it sends an empty user agent where API Gateway sends none.
    https://docs.aws.amazon.com/apigatewaymanagementapi/latest/api/API_GetConnection.html"""
    handle = apigateway.handle_connections_api

    def iso(seconds):
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def handle_as_modelled(method, *args, **kwargs):
        status, headers, body = await handle(method, *args, **kwargs)
        if method == "GET" and status == 200:
            said = json.loads(body)
            identity = said["Identity"]
            body = json.dumps({
                "connectedAt": iso(said["ConnectedAt"]),
                "identity": {"sourceIp": identity["sourceIp"], "userAgent": identity["userAgent"] or None},
                "lastActiveAt": iso(said["LastActiveAt"]),
            }).encode()
        return status, headers, body

    apigateway.handle_connections_api = handle_as_modelled


def keep_functions_on_this_machine():
    """The template builds the address of the @connections API as AWS documents it; here, that address is MiniStack's.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html"""
    spawn = lambda_runtime.Worker._spawn
    on_aws = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")

    def here(value):
        return on_aws.sub(rf"{ADDRESS}/_aws/execute-api/\1", value)

    def spawn_here(worker):
        environment = worker.config.get("Environment", {})
        variables = {name: here(value) for name, value in environment.get("Variables", {}).items()}
        worker.config = {**worker.config, "Environment": {**environment, "Variables": variables}}
        spawn(worker)

    lambda_runtime.Worker._spawn = spawn_here


def make_the_routes_of_a_body():
    """An HTTP API's `Body` is an OpenAPI definition, whose paths are its routes: that is what SAM writes. MiniStack makes
    the API and none of its routes.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-api.html"""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create = handlers["create"]

    def create_with_routes(logical_id, props, stack_name):
        api_id, attributes = create(logical_id, props, stack_name)
        for path, methods in (props.get("Body") or {}).get("paths", {}).items():
            for method, operation in methods.items():
                described = operation["x-amazon-apigateway-integration"]
                _, _, integration = apigateway._create_integration(api_id, {
                    "integrationType": described["type"].upper(),
                    "integrationUri": described["uri"],
                    "integrationMethod": described["httpMethod"],
                    "payloadFormatVersion": described["payloadFormatVersion"],
                })
                apigateway._create_route(api_id, {
                    "routeKey": f"{method.upper()} {path}",
                    "target": f"integrations/{json.loads(integration)['integrationId']}",
                })
        return api_id, attributes

    handlers["create"] = create_with_routes


def refer_to_secrets_by_arn():
    """`Ref` of a secret is its ARN, which is what a policy has to name. MiniStack's is the name, and then its own
    enforcement denies GetSecretValue.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-secretsmanager-secret.html"""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, delete = handlers["create"], handlers["delete"]
    names = {}

    def create_by_arn(logical_id, props, stack_name):
        name, attributes = create(logical_id, props, stack_name)
        names[attributes["Arn"]] = name
        return attributes["Arn"], attributes

    handlers["create"] = create_by_arn
    handlers["delete"] = lambda physical_id, props: delete(names.pop(physical_id, physical_id), props)


def apply_all_of_a_table_and_a_workflow():
    """A table's TimeToLiveSpecification, a state machine's TracingConfiguration and LoggingConfiguration are applied, and
    can be updated. MiniStack drops the first two and keeps the third in the template's spelling, not in the API's.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-stepfunctions-statemachine.html
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html"""

    def as_in_the_api(value):
        if isinstance(value, list):
            return [as_in_the_api(item) for item in value]
        if isinstance(value, dict):
            return {name[0].lower() + name[1:]: as_in_the_api(item) for name, item in value.items()}
        return value

    table = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create_table = table["create"]

    def create_table_with_ttl(logical_id, props, stack_name):
        name, attributes = create_table(logical_id, props, stack_name)
        if "TimeToLiveSpecification" in props:
            dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": props["TimeToLiveSpecification"]})
        return name, attributes

    table["create"] = create_table_with_ttl

    machine = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    create_machine = machine["create"]
    update_machine = stepfunctions._update_state_machine

    def create_machine_as_described(logical_id, props, stack_name):
        arn, attributes = create_machine(logical_id, props, stack_name)
        for described in ("TracingConfiguration", "LoggingConfiguration"):
            if described in props:
                stepfunctions._state_machines[arn].update(as_in_the_api({described: props[described]}))
        return arn, attributes

    def update_machine_and_tracing(data):
        machine = stepfunctions._state_machines.get(data.get("stateMachineArn"))
        if machine and "tracingConfiguration" in data:
            machine["tracingConfiguration"] = data["tracingConfiguration"]
        return update_machine(data)

    machine["create"] = create_machine_as_described
    stepfunctions._update_state_machine = update_machine_and_tracing


def take_what_only_watches():
    """Saved queries, X-Ray's groups and rules, and alarms that compute: nothing of the chat depends on them, and MiniStack,
    which does not know them, would refuse the whole stack. They are taken and do nothing; that what they name exists is
    asserted of the template (tests/template/operations.test.ts).
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-xray-group.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-xray-samplingrule.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html"""

    def create_nothing(logical_id, props, stack_name):
        return f"{stack_name}-{logical_id}", {}

    def delete_nothing(physical_id, props):
        return None

    handlers = provisioners._RESOURCE_HANDLERS
    for unknown in ("AWS::Logs::QueryDefinition", "AWS::XRay::Group", "AWS::XRay::SamplingRule"):
        handlers[unknown] = {"create": create_nothing, "delete": delete_nothing}

    alarm = handlers["AWS::CloudWatch::Alarm"]
    create, delete = alarm["create"], alarm["delete"]
    handlers["AWS::CloudWatch::Alarm"] = {
        **alarm,
        "create": lambda id, props, stack: (create_nothing if "Metrics" in props else create)(id, props, stack),
        "delete": lambda id, props: (delete_nothing if "Metrics" in props else delete)(id, props),
    }


if __name__ == "__main__":
    take_what_only_watches()
    apply_all_of_a_table_and_a_workflow()
    refer_to_secrets_by_arn()
    make_the_routes_of_a_body()
    answer_handshakes_as_the_integration_says()
    describe_connections_as_modelled()
    keep_functions_on_this_machine()
    app.main()

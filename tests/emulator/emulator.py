"""MiniStack, with the few things that it lacks. Each is AWS's documented behaviour, and each is here because without it
the stack could not be deployed, nothing of the chat could be tested, or an operator's commands would look at what the
emulator left out. Everything else it does differently is left as it is and listed in deviations.json.

Started by emulator.ts with GATEWAY_PORT set; stops on SIGTERM.
"""

import json
import os
import re
from contextvars import ContextVar, copy_context
from datetime import datetime, timezone
from threading import Timer
from uuid import uuid4

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import apigateway, cloudwatch, dynamodb, lambda_svc, stepfunctions
from ministack.services.cloudformation import changesets, engine, provisioners, stacks
from samtranslator.translator import transform

HOST = f"127.0.0.1:{os.environ['GATEWAY_PORT']}"

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


def log_what_functions_write():
    """What a function writes goes to its log group, all of it and whoever invokes it; CloudWatch makes metrics of it.
    MiniStack logs what has come a few milliseconds after the answer, and nothing of a WebSocket API's routes.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""

    def collect(worker):
        if text := worker._drain_stderr():
            lambda_svc._emit_lambda_logs(worker.config, str(uuid4()), text, False, 0)

    def collect_later(worker):
        Timer(0.5, copy_context().run, [collect, worker]).start()
        return ""

    lambda_runtime.Worker._drain_stderr_bounded = collect_later


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


def answer_with_addresses_of_this_machine():
    """What a template makes of the addresses of its own APIs and distributions (functions' variables, the stack's outputs,
    the page's policy) names AWS's hosts, as AWS documents them. Here they name MiniStack, which serves APIs by path as
    well as by host; so functions, and the commands that read the outputs, reach this stack and nothing else.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-set-up-websocket-deployment.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html"""
    resolve = stacks._resolve_refs
    api = re.compile(r"\b(http|ws)s?://([a-z0-9]+)\.execute-api\.[\w.:-]+")
    distribution = re.compile(r"\bhttps://([a-z0-9]+)\.cloudfront\.net")

    def here(value):
        if isinstance(value, list):
            return [here(item) for item in value]
        if isinstance(value, dict):
            return {name: here(item) for name, item in value.items()}
        if isinstance(value, str):
            value = api.sub(rf"\1://{HOST}/_aws/execute-api/\2", value)
            return distribution.sub(rf"http://{HOST}/_aws/cloudfront/\1", value)
        return value

    stacks._resolve_refs = lambda *args: here(resolve(*args))


def serve_distributions_by_path():
    """MiniStack serves a distribution to who asks for its host name, which nobody can look up, and only by HTTPS where the
    template wants that. The path stands for both, as it does for APIs.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html"""
    handle = app._handle_cloudfront_dataplane_request
    by_path = re.compile(r"/_aws/cloudfront/([a-z0-9]+)(/.*)")

    async def handle_by_path(host, path, raw_path, query, method, headers, *args):
        if match := by_path.fullmatch(path):
            label, path = match.groups()
            host = f"{label}.cloudfront.net"
            raw_path = raw_path.removeprefix(f"/_aws/cloudfront/{label}")
            headers = {**headers, "host": host, "x-forwarded-proto": "https"}
            iam_evaluator.pin_request_origin("127.0.0.1", secure_transport=True)
        return await handle(host, path, raw_path, query, method, headers, *args)

    app._handle_cloudfront_dataplane_request = handle_by_path


def transform_with_the_values_of_parameters():
    """CloudFormation hands a transform the values of the template's parameters: SAM puts them where it looks at properties,
    so that what it writes is of this deployment. MiniStack hands over none, and SAM takes the defaults for them.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html"""
    apply, transform_template = changesets._apply_transforms, transform.transform
    values = ContextVar("parameter_values", default={})

    def apply_with_values(template, provided=None, previous=None):
        values.set(engine._transform_parameters(template, provided, previous))
        return apply(template, provided, previous)

    changesets._apply_transforms = apply_with_values
    transform.transform = lambda template, _, policies: transform_template(template, values.get(), policies)


def make_what_a_body_describes():
    """An HTTP API's `Body` is an OpenAPI definition, whose paths are its routes, and which may say what CORS allows: that
    is what SAM writes. MiniStack makes the API and nothing of the body.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-api.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html"""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create = handlers["create"]

    def create_as_described(logical_id, props, stack_name):
        api_id, attributes = create(logical_id, props, stack_name)
        body = props.get("Body") or {}
        if cors := body.get("x-amazon-apigateway-cors"):
            apigateway._update_api(api_id, {"corsConfiguration": cors})
        for path, methods in body.get("paths", {}).items():
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

    handlers["create"] = create_as_described


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
    """A table's TimeToLiveSpecification, a state machine's TracingConfiguration and LoggingConfiguration are applied.
    MiniStack drops the first two and keeps the third in the template's spelling, not in the API's.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-stepfunctions-statemachine.html"""

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

    def create_machine_as_described(logical_id, props, stack_name):
        arn, attributes = create_machine(logical_id, props, stack_name)
        for described in ("TracingConfiguration", "LoggingConfiguration"):
            if described in props:
                stepfunctions._state_machines[arn].update(as_in_the_api({described: props[described]}))
        return arn, attributes

    machine["create"] = create_machine_as_described


def date_dashboards_as_modelled():
    """ListDashboards tells `LastModified` in seconds, by the API's own model: `botocore/data/cloudwatch/2010-08-01/
    service-2.json`. MiniStack sends text, which no SDK reads; and who looks for what is left behind has to list them.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DashboardEntry.html"""
    answer = cloudwatch._json_ok

    def dated(entry):
        return {**entry, "LastModified": cloudwatch._json_timestamp(entry["LastModified"])}

    def answer_dated(data):
        if "DashboardEntries" in data:
            data = {**data, "DashboardEntries": [dated(entry) for entry in data["DashboardEntries"]]}
        return answer(data)

    cloudwatch._json_ok = answer_dated


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
    transform_with_the_values_of_parameters()
    make_what_a_body_describes()
    answer_handshakes_as_the_integration_says()
    log_what_functions_write()
    describe_connections_as_modelled()
    date_dashboards_as_modelled()
    answer_with_addresses_of_this_machine()
    serve_distributions_by_path()
    app.main()

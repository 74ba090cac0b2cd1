"""Runs MiniStack with patches. Each patch adds documented AWS behavior that is required to deploy the stack, to test the
chat, or to run the operator commands. deviations.json lists the differences that are not patched.

emulator.ts starts this file with GATEWAY_PORT set. SIGTERM stops it.
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

# The response of the $connect integration during a handshake.
_connect_response = ContextVar("connect_response", default=None)


def use_connect_response():
    """Applies the subprotocol and the status that the $connect integration returns. MiniStack omits the subprotocol when it
    accepts a handshake, so clients that request one disconnect. It rejects every handshake with 403.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html"""
    invoke, handle = apigateway._invoke_ws_lambda, apigateway.handle_websocket

    async def invoke_and_store(api_id, account_id, region, route, stage, connection_id, event_type, *args, **kwargs):
        response = await invoke(api_id, account_id, region, route, stage, connection_id, event_type, *args, **kwargs)
        if event_type == "CONNECT":
            _connect_response.set(response or {})
        return response

    async def handle_with_response(scope, receive, send, *args, **kwargs):
        accepted = False

        async def send_with_response(message):
            nonlocal accepted
            response = _connect_response.get() or {}
            if message["type"] == "websocket.accept":
                accepted = True
                headers = {name.lower(): value for name, value in (response.get("headers") or {}).items()}
                message = {**message, "subprotocol": headers.get("sec-websocket-protocol")}
            elif message["type"] == "websocket.close" and not accepted and "statusCode" in response:
                await send({"type": "websocket.http.response.start", "status": int(response["statusCode"]), "headers": []})
                await send({"type": "websocket.http.response.body", "body": b""})
                return
            await send(message)

        _connect_response.set(None)
        await handle(scope, receive, send_with_response, *args, **kwargs)

    apigateway._invoke_ws_lambda, apigateway.handle_websocket = invoke_and_store, handle_with_response


def log_all_function_output():
    """Writes the complete output of every invocation to the log group. MiniStack stops reading the output a few
    milliseconds after the response, and does not log invocations by WebSocket routes. CloudWatch extracts metrics from
    these logs.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""

    def collect(worker):
        if text := worker._drain_stderr():
            lambda_svc._emit_lambda_logs(worker.config, str(uuid4()), text, False, 0)

    def collect_later(worker):
        Timer(0.5, copy_context().run, [collect, worker]).start()
        return ""

    lambda_runtime.Worker._drain_stderr_bounded = collect_later


def format_get_connection_response():
    """Formats the GetConnection response as in the API model: `connectedAt` and `lastActiveAt` (ISO 8601) and `identity`
    (`botocore/data/apigatewaymanagementapi/2018-11-29/service-2.json`). MiniStack capitalizes the names and sends times in
    seconds, which the SDKs cannot parse. It sends an empty user agent, which API Gateway omits.
    https://docs.aws.amazon.com/apigatewaymanagementapi/latest/api/API_GetConnection.html"""
    handle = apigateway.handle_connections_api

    def iso(seconds):
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def handle_and_format(method, *args, **kwargs):
        status, headers, body = await handle(method, *args, **kwargs)
        if method == "GET" and status == 200:
            connection = json.loads(body)
            identity = connection["Identity"]
            body = json.dumps({
                "connectedAt": iso(connection["ConnectedAt"]),
                "identity": {"sourceIp": identity["sourceIp"], "userAgent": identity["userAgent"] or None},
                "lastActiveAt": iso(connection["LastActiveAt"]),
            }).encode()
        return status, headers, body

    apigateway.handle_connections_api = handle_and_format


def rewrite_service_urls():
    """Replaces the AWS host names that the template constructs (environment variables, outputs, the page's policy) with the
    URL of MiniStack, which also serves APIs by path. Functions and operator commands then use the emulated stack.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-set-up-websocket-deployment.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html"""
    resolve = stacks._resolve_refs
    api = re.compile(r"\b(http|ws)s?://([a-z0-9]+)\.execute-api\.[\w.:-]+")
    distribution = re.compile(r"\bhttps://([a-z0-9]+)\.cloudfront\.net")

    def rewrite(value):
        if isinstance(value, list):
            return [rewrite(item) for item in value]
        if isinstance(value, dict):
            return {name: rewrite(item) for name, item in value.items()}
        if isinstance(value, str):
            value = api.sub(rf"\1://{HOST}/_aws/execute-api/\2", value)
            return distribution.sub(rf"http://{HOST}/_aws/cloudfront/\1", value)
        return value

    stacks._resolve_refs = lambda *args: rewrite(resolve(*args))


def serve_distributions_by_path():
    """Serves distributions by path, as MiniStack serves APIs. Without this patch, MiniStack requires the host name of the
    distribution, which DNS does not resolve, and HTTPS if the template requires it.
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


def pass_parameters_to_transform():
    """Passes the parameter values to the SAM transform, as CloudFormation does. MiniStack does not pass them, so SAM would
    use the defaults.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html"""
    apply, transform_template = changesets._apply_transforms, transform.transform
    values = ContextVar("parameter_values", default={})

    def apply_with_values(template, provided=None, previous=None):
        values.set(engine._transform_parameters(template, provided, previous))
        return apply(template, provided, previous)

    changesets._apply_transforms = apply_with_values
    transform.transform = lambda template, _, policies: transform_template(template, values.get(), policies)


def create_routes_from_body():
    """Creates the routes, their IAM authorization, and the CORS configuration from the `Body` of an HTTP API. SAM generates
    this OpenAPI definition. MiniStack ignores it.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-api.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html"""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create = handlers["create"]

    def requires_iam(operation, body):
        schemes = body.get("components", {}).get("securitySchemes", {})
        names = [name for requirement in operation.get("security", []) for name in requirement]
        return any(schemes[name].get("x-amazon-apigateway-authtype") == "awsSigv4" for name in names)

    def create_with_body(logical_id, props, stack_name):
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
                    "authorizationType": "AWS_IAM" if requires_iam(operation, body) else "NONE",
                })
        return api_id, attributes

    handlers["create"] = create_with_body


def return_secret_arn_for_ref():
    """Returns the ARN for `Ref` of a secret, because policies require the ARN. MiniStack returns the name, so its IAM
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


def return_bus_and_rule_for_ref():
    """Returns `bus|rule` for `Ref` of a rule on a custom event bus, because the metric dimensions in the template split
    this value. MiniStack returns only the name of the rule.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-rule.html"""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Events::Rule"]
    create, delete = handlers["create"], handlers["delete"]

    def create_with_bus(logical_id, props, stack_name):
        name, attributes = create(logical_id, props, stack_name)
        bus = props.get("EventBusName", "default")
        return name if bus == "default" else f"{bus}|{name}", attributes

    handlers["create"] = create_with_bus
    handlers["delete"] = lambda physical_id, props: delete(physical_id.split("|")[-1], props)


def apply_all_table_and_workflow_properties():
    """Applies a table's TimeToLiveSpecification and a state machine's TracingConfiguration and LoggingConfiguration.
    MiniStack ignores the first two properties. It stores LoggingConfiguration with the capitalization of the template, not
    of the API.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-stepfunctions-statemachine.html"""

    def lower_first_letters(value):
        if isinstance(value, list):
            return [lower_first_letters(item) for item in value]
        if isinstance(value, dict):
            return {name[0].lower() + name[1:]: lower_first_letters(item) for name, item in value.items()}
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

    def create_machine_with_properties(logical_id, props, stack_name):
        arn, attributes = create_machine(logical_id, props, stack_name)
        for name in ("TracingConfiguration", "LoggingConfiguration"):
            if name in props:
                stepfunctions._state_machines[arn].update(lower_first_letters({name: props[name]}))
        return arn, attributes

    machine["create"] = create_machine_with_properties


def keep_protected_tables():
    """Rejects the deletion of a table with deletion protection, when a stack is deleted or its creation is rolled back.
    MiniStack deletes such a table.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html"""
    table = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    delete = table["delete"]

    def delete_unprotected(physical_id, props):
        if dynamodb._tables.get(physical_id, {}).get("DeletionProtectionEnabled"):
            raise ValueError(f"The table {physical_id} has deletion protection.")
        return delete(physical_id, props)

    table["delete"] = delete_unprotected


def format_dashboard_dates():
    """Formats `LastModified` in ListDashboards responses as seconds, as in the API model
    (`botocore/data/cloudwatch/2010-08-01/service-2.json`). MiniStack sends text, which the SDKs cannot parse. leftovers.ts
    lists dashboards.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DashboardEntry.html"""
    respond = cloudwatch._json_ok

    def format_entry(entry):
        return {**entry, "LastModified": cloudwatch._json_timestamp(entry["LastModified"])}

    def respond_with_dates(data):
        if "DashboardEntries" in data:
            data = {**data, "DashboardEntries": [format_entry(entry) for entry in data["DashboardEntries"]]}
        return respond(data)

    cloudwatch._json_ok = respond_with_dates


def accept_monitoring_resources():
    """Accepts saved queries, X-Ray groups and metric math alarms without creating them. MiniStack does not support these
    resources and would reject the stack. tests/template/operations.test.ts checks the names that they refer to.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-xray-group.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html"""

    def create_nothing(logical_id, props, stack_name):
        return f"{stack_name}-{logical_id}", {}

    def delete_nothing(physical_id, props):
        return None

    handlers = provisioners._RESOURCE_HANDLERS
    for unknown in ("AWS::Logs::QueryDefinition", "AWS::XRay::Group"):
        handlers[unknown] = {"create": create_nothing, "delete": delete_nothing}

    alarm = handlers["AWS::CloudWatch::Alarm"]
    create, delete = alarm["create"], alarm["delete"]
    handlers["AWS::CloudWatch::Alarm"] = {
        **alarm,
        "create": lambda id, props, stack: (create_nothing if "Metrics" in props else create)(id, props, stack),
        "delete": lambda id, props: (delete_nothing if "Metrics" in props else delete)(id, props),
    }


if __name__ == "__main__":
    accept_monitoring_resources()
    apply_all_table_and_workflow_properties()
    keep_protected_tables()
    return_secret_arn_for_ref()
    return_bus_and_rule_for_ref()
    pass_parameters_to_transform()
    create_routes_from_body()
    use_connect_response()
    log_all_function_output()
    format_get_connection_response()
    format_dashboard_dates()
    rewrite_service_urls()
    serve_distributions_by_path()
    app.main()

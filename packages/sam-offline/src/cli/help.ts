/** The command as the user enters it. npm requires `--` before options. */
export const COMMAND = process.env.npm_lifecycle_event === 'start' ? 'npm start --' : 'sam-offline';

export const HELP = `Runs an AWS SAM application on this machine.

Usage: ${COMMAND} [options]                      Run the application of the template in this folder.
       sam-offline init [FOLDER]                  Create an application: a template, functions in TypeScript and a test.
       sam-offline check [options]                Print what the runtime emulates, without starting. Exits with 1 if
                                                  anything in the template is not supported.
       sam-offline invoke FUNCTION [-e FILE]      Invoke a function of the running application.
       sam-offline send QUEUE|BUS BODY|-e FILE    Send a message to a queue, or publish an event.
       sam-offline exec STATEMACHINE [INPUT]      Run a state machine and print its output.
       sam-offline recover DIR COPY               Copy the readable part of a damaged data directory.

Template:
  --template FILE                    SAM template. Default: template.yaml, template.yml or template.json.
  --parameter-overrides Key=Value …  Values for template parameters, as in "sam deploy".
                                     {port} in a value is replaced with the port.
  --config-file FILE                 SAM CLI configuration. Default: samconfig.toml next to the template. Its table
                                     [default.sam_offline.parameters] sets parameter_overrides, env_vars, region, warm
                                     and serve.
  --config-env NAME                  Its environment. Default: default.
  --parameter NAME=VALUE             Value of a Systems Manager parameter or a secret that is not in the template.
  --parameter-file FILE              File with such values, one NAME=VALUE per line.

Run:
  --port PORT                        Port to listen on. 0 selects a free port. Default: 3000.
  --env-vars FILE                    JSON file with values of environment variables, as in "sam local".
  --serve PATH=DIR                   Serve the files of a folder at a path, such as the keys of a token issuer.
  --data DIR                         Folder that stores tables and secrets. Default: data is kept in memory.
  --lambda-concurrency NUMBER        Quota of concurrent Lambda invocations. Default: 1000. New AWS accounts may have 10.
  --environments-per-function NUMBER
                                     Execution environments that a function can have. Other invocations wait. Default:
                                     two per core, at least 4 and at most 16.
  --strict                           Allow nothing that AWS refuses: reject unsupported resources and settings, and
                                     enforce request rates. Also produce what is rare on AWS: throttled calls,
                                     duplicate events, lagging indexes, reset connections, different clocks.
  --seed NUMBER                      Seed of the random choices. Default: a random seed.
  --yes, -y                          Trust the template's folder: build its website and install its packages without asking.
  --install                          Install the packages that functions need without asking.
  --no-install                       Install nothing.
  --warm FUNCTION                    Initialize a function once the runtime is ready. Can be repeated.
  --watch                            Rebuild functions when their source files change.
  --debug-port PORT                  Accept a debugger for the functions, such as chrome://inspect.

  --event FILE, -e FILE              JSON file with the event, the message or the input. - reads standard input.
  --json                             Print JSON, one object per line.
  --help                             Show this help.

invoke, send and exec find the application that runs the same template, or the application on --port.
`;

# The AWS sample chat, for the sandbox of Architect.
@app
comparison

@ws
sendmessage

@tables
connections
  connectionId *String

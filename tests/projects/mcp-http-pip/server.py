from mcp.server.mcpserver import MCPServer

UNIT = "metre"
mcp = MCPServer("ruler")


@mcp.tool()
def length(a: int, b: int) -> str:
    """The length of both together."""
    return f"{a + b} {UNIT}"


if __name__ == "__main__":
    mcp.run(transport="streamable-http", host="0.0.0.0", port=9000)

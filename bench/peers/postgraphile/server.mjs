// PostGraphile over the tables in DATABASE_URL, on a free port of 127.0.0.1, which it prints.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  // What its documentation advises for production: nothing watched, explained or drawn.
  grafserv: { graphiql: false, watch: false, websockets: false },
  grafast: { explain: false },
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: 10 },
    }),
  ],
});
const handler = instance.createServ(grafserv);
const server = createServer();
await handler.addTo(server);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

const path = require("path");
const own = path.join(path.dirname(process.execPath), "../lib/node_modules");
const paths = [process.cwd(), own, "/usr/local/lib/node_modules"];
const nodemailer = require(require.resolve("nodemailer", { paths }));
const [host, port, name, from, to, method, user, pass] = process.argv.slice(2);
const auth = method ? { user, pass } : undefined;
const options = { host, port, name, auth, authMethod: method || undefined, ignoreTLS: true };
const transport = nodemailer.createTransport(options);
const envelope = { from, to: to.split(",") };
transport.sendMail({ envelope, raw: require("fs").readFileSync(0) }).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

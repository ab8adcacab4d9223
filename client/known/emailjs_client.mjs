// Sends a job with emailjs, as its documentation shows: `new SMTPClient`, `new Message`, `sendAsync`.
//
// The job is read from SMTP_* variables. Exit status: 0 accepted, 75 temporary, 69 permanent, 127 what emailjs cannot say
// (no such mechanism, no sender), 126 where there is no emailjs, 1 otherwise. One outcome for all recipients.
// The module is looked for where `npm install -g` puts it, and beside this file.
import fs from "fs";
import path from "path";
import { pathToFileURL } from "url";

const MECHANISMS = { plain: "PLAIN", login: "LOGIN", "cram-md5": "CRAM-MD5" };
const own = path.join(path.dirname(process.execPath), "..", "lib", "node_modules");
const found = [own, "/usr/local/lib/node_modules", path.join(import.meta.dirname ?? ".", "node_modules")]
  .map((folder) => path.join(folder, "emailjs"))
  .find((folder) => fs.existsSync(folder));
if (!found) {
  console.error("emailjs is not installed; get it with: npm install -g emailjs");
  process.exit(126);
}
const told = JSON.parse(fs.readFileSync(path.join(found, "package.json"), "utf8"));
if (process.argv[2] === "--version") {
  console.log(`emailjs ${told.version} (Node.js ${process.versions.node})`);
  process.exit(0);
}

const job = process.env;
const auth = (job.SMTP_AUTH || "none").toLowerCase();
if (auth !== "none" && !(auth in MECHANISMS)) {
  console.error(`this driver knows no mechanism ${auth} of emailjs`);
  process.exit(127);
}
if (!job.SMTP_SENDER) {
  console.error("emailjs takes no empty sender");
  process.exit(127);
}
const { SMTPClient, Message } = await import(pathToFileURL(path.join(found, "dist", "index.js")));
const tls = job.SMTP_TLS || "none";
const trust = tls !== "none" && job.SMTP_CA_FILE ? { ca: fs.readFileSync(job.SMTP_CA_FILE) } : true;
const client = new SMTPClient({
  host: job.SMTP_HOST,
  port: Number(job.SMTP_PORT),
  domain: job.SMTP_HELO,
  timeout: 1000 * Number(job.SMTP_TIMEOUT || 60),
  ssl: tls === "implicit" ? trust : false,
  tls: tls === "starttls" ? trust : false,
  ...(auth === "none" ? {} : { user: job.SMTP_USERNAME, password: job.SMTP_PASSWORD, authentication: [MECHANISMS[auth]] }),
});
const message = new Message({
  from: job.SMTP_SENDER,
  to: job.SMTP_RECIPIENTS.split("\n").join(", "),
  subject: job.SMTP_SUBJECT ?? "",
  text: job.SMTP_BODY_FILE ? fs.readFileSync(job.SMTP_BODY_FILE, "utf8") : "",
});
try {
  await client.sendAsync(message);
} catch (error) {
  const reply = String(error.smtp ?? error.previous?.smtp ?? ""); // of AUTH it is in the error before
  console.error(`${error.name}: ${error.message} ${reply}`);
  const code = Math.floor(Number(reply.slice(0, 3)) / 100);
  // COULDNOTCONNECT, TIMEDOUT, NOCONNECTION, CONNECTIONCLOSED, CONNECTIONENDED, or the socket's own
  const lost = [1, 4, 6, 8, 9].includes(error.code) || /^(ECONN|EPIPE)/.test(String(error.code));
  process.exitCode = { 4: 75, 5: 69 }[code] ?? (lost ? 75 : 1);
}
// It says QUIT a second later, and would then wait for a timer of its time-out. A connection that is lost has no QUIT.
setInterval(() => (client.smtp.state() === 0 || !client.smtp.sock || client.smtp.sock.destroyed) && process.exit(), 20);

// Sends a job with nodemailer's SMTP transport, as its documentation shows: `createTransport`, `sendMail`.
//
// The job is read from SMTP_* variables. Exit status: 0 accepted, 75 temporary, 69 permanent, 127 no such mechanism,
// 126 where there is no nodemailer, 1 otherwise. SMTP_RESULT_FILE gets a word for each recipient.
// The module is looked for beside this file and in every folder above it, and then where `npm install -g` puts it.
"use strict";

const fs = require("fs");
const path = require("path");

const MECHANISMS = ["plain", "login", "cram-md5"];
const EXITS = { permanent: 69, temporary: 75, declined: 1, accepted: 0 }; // the worst first

function find(file = "nodemailer") {
  const own = path.join(path.dirname(process.execPath), "..", "lib", "node_modules");
  try {
    return require(require.resolve(file, { paths: [__dirname, own, "/usr/local/lib/node_modules"] }));
  } catch (error) {
    console.error("nodemailer is not installed; get it with: npm install -g nodemailer");
    process.exit(126);
  }
}

function options(job, auth) {
  const tls = job.SMTP_TLS || "none";
  const wait = 1000 * Number(job.SMTP_TIMEOUT || 60);
  const made = { host: job.SMTP_HOST, port: Number(job.SMTP_PORT), name: job.SMTP_HELO };
  Object.assign(made, { secure: tls === "implicit", requireTLS: tls === "starttls", ignoreTLS: tls === "none" });
  Object.assign(made, { connectionTimeout: wait, greetingTimeout: wait, socketTimeout: wait, dnsTimeout: wait });
  if (tls !== "none" && job.SMTP_CA_FILE) made.tls = { ca: fs.readFileSync(job.SMTP_CA_FILE) };
  if (auth !== "none") {
    made.auth = { user: job.SMTP_USERNAME, pass: job.SMTP_PASSWORD };
    made.authMethod = auth.toUpperCase();
  }
  return made;
}

// The word for a reply code; without one the connection was lost, or nodemailer itself gave up.
function word(error) {
  const code = Math.floor((error.responseCode || 0) / 100);
  if (code) return { 4: "temporary", 5: "permanent" }[code] || "declined";
  return ["ECONNECTION", "ETIMEDOUT", "ESOCKET", "EDNS"].includes(error.code) ? "temporary" : "declined";
}

async function main(job) {
  if (process.argv[2] === "--version") {
    console.log(`nodemailer ${find("nodemailer/package.json").version} (Node.js ${process.versions.node})`);
    return 0;
  }
  const auth = (job.SMTP_AUTH || "none").toLowerCase();
  if (!["none", ...MECHANISMS].includes(auth)) {
    console.error(`this driver knows no mechanism ${auth} of nodemailer`);
    return 127;
  }
  const recipients = job.SMTP_RECIPIENTS.split("\n");
  const told = {};
  try {
    const raw = fs.readFileSync(job.SMTP_MESSAGE_FILE);
    const envelope = { from: job.SMTP_SENDER || false, to: recipients };
    const info = await find().createTransport(options(job, auth)).sendMail({ envelope, raw });
    for (const one of recipients) told[one] = "accepted";
    for (const error of info.rejectedErrors || []) told[error.recipient] = word(error);
  } catch (error) {
    console.error(`${error.name}: ${error.message}`);
    for (const one of recipients) told[one] = word(error);
    for (const one of error.rejectedErrors || []) told[one.recipient] = word(one);
  }
  if (job.SMTP_RESULT_FILE) fs.writeFileSync(job.SMTP_RESULT_FILE, JSON.stringify({ messages: [{ recipients: told }] }));
  const worst = Object.keys(EXITS).find((one) => Object.values(told).includes(one));
  return EXITS[worst];
}

main(process.env).then((status) => { process.exitCode = status; });

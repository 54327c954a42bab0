// What GitHub's own editor says of files, and what its own evaluator makes of expressions.
// stdin: {files: {path: text}, expressions: [text], contexts: [[contexts, failed]]}
// stdout: {diagnostics: [[path, line, message]], values: of each expression, in each context: [kind, text] or
//          ["Error", message]}
import { readFileSync } from "node:fs";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";

const asked = JSON.parse(readFileSync(0, "utf8"));

// Files of ours, whether named by `$/` or as a user's repository names them.
const fileProvider = {
  async getFileContent(reference) {
    const content = asked.files[reference.path];
    if (content === undefined) throw new Error(`no ${reference.path}`);
    return { name: reference.path, content };
  },
};

async function diagnostics() {
  const found = [];
  for (const [path, text] of Object.entries(asked.files)) {
    const document = TextDocument.create(`file:///${path}`, "yaml", 1, text);
    for (const one of await validate(document, { fileProvider })) {
      found.push([path, one.range.start.line + 1, one.message]);
    }
  }
  return found;
}

function status(failed) {
  const told = { always: true, success: !failed, failure: failed, cancelled: false };
  const call = (found) => ({ minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(found) });
  return Object.entries(told).map(([name, found]) => ({ name, ...call(found) }));
}

function value(text, [contexts, failed]) {
  try {
    const functions = status(failed);
    const parser = new Parser(new Lexer(text).lex().tokens, Object.keys(contexts), functions);
    const known = JSON.parse(JSON.stringify(contexts), data.reviver);
    const calls = new Map(functions.map((one) => [one.name, one]));
    const found = new Evaluator(parser.parse(), known, calls).evaluate();
    return [data.Kind[found.kind], found.coerceString()];
  } catch (error) {
    return ["Error", String(error.message)];
  }
}

const values = asked.expressions.map((text) => asked.contexts.map((one) => value(text, one)));
console.log(JSON.stringify({ diagnostics: await diagnostics(), values }));

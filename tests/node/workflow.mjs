// Reads a GitHub workflow and the action that it uses by the platform's own parser, and executes jobs of it here.
//
//   node workflow.mjs MODULES WORKFLOW ACTION REPOSITORY JOB...
//
// MODULES is the node_modules with @actions/workflow-parser. Each job has a copy of REPOSITORY, as a checkout gives
// it; artifacts are directories. What only the platform can do (who built a file) is looked at, and not done.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, workflowFile, actionFile, repository, ...jobs] = process.argv.slice(2);

// The parser is made for programs that bundle it: it imports JSON as if that were a script.
const json = `export const load = async (url, context, next) => url.endsWith(".json")
  ? { format: "json", shortCircuit: true, source: (await import("node:fs")).readFileSync(new URL(url)) }
  : next(url, context);`;
register(`data:text/javascript,${encodeURIComponent(json)}`);
const load = (path) => import(pathToFileURL(join(modules, path)));
const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } =
  await load("@actions/workflow-parser/dist/index.js");
const { parseAction, convertActionTemplate } = await load("@actions/workflow-parser/dist/actions/index.js");
const { parse } = await load("yaml/dist/index.js").then((yaml) => yaml.default ?? yaml);

const read = async (name, parser, convert) => {
  const content = readFileSync(name, "utf8");
  const { context, value } = parser({ name, content }, new NoOperationTraceWriter());
  const template = value && (await convert(context, value));
  const errors = [context.errors.getErrors(), template?.errors ?? []].flat().map(({ message, Message }) => message ?? Message);
  if (errors.length > 0) {
    console.error(errors.join("\n"));
    process.exit(2);
  }
  return parse(content);
};
const workflow = await read(workflowFile, parseWorkflow, convertWorkflowTemplate);
const action = await read(actionFile, parseAction, convertActionTemplate);

const temporary = mkdtempSync(join(tmpdir(), "workflow-"));
const artifacts = join(temporary, "artifacts");

/** The text with the values of its expressions, which are names alone. */
const fill = (text, context) =>
  String(text).replace(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (all, name) => {
    const value = name.split(".").reduce((inside, part) => inside?.[part], context);
    if (value === undefined) throw new Error(`${all} has no value`);
    return value;
  });
const filled = (map, context) =>
  Object.fromEntries(Object.entries(map ?? {}).map(([name, text]) => [name, fill(text, context)]));

const execute = (step, context, directory) => {
  const [output, path] = ["output", "path"].map((name) => join(context.runner.temp, name));
  writeFileSync(output, "");
  const env = { ...process.env, ...filled(step.env, context), GITHUB_OUTPUT: output, GITHUB_PATH: path };
  const script = join(context.runner.temp, "script.sh");
  writeFileSync(script, fill(step.run, context));
  const cwd = join(directory, fill(step["working-directory"] ?? ".", context));
  execFileSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], { cwd, env, stdio: "inherit" });
  const lines = readFileSync(output, "utf8").split("\n").filter(Boolean);
  const outputs = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  if (step.id) context.steps[step.id] = { outputs };
};

const use = (step, context, directory) => {
  const given = filled(step.with, context);
  const at = (name) => join(directory, given[name]);
  switch (step.uses.split("@")[0]) {
    case "actions/checkout":
      return;
    case "./.github/actions/key": {
      const defaults = Object.entries(action.inputs).map(([name, input]) => [name, input.default]);
      const unknown = Object.keys(given).find((name) => !(name in action.inputs));
      if (unknown) throw new Error(`the action has no input ${unknown}`);
      const inner = { ...context, inputs: { ...Object.fromEntries(defaults), ...given }, steps: {} };
      for (const each of action.runs.steps) execute(each, inner, directory);
      const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, fill(value, inner)]);
      console.log(`outputs: ${JSON.stringify(Object.fromEntries(outputs))}`);
      return;
    }
    case "actions/attest-build-provenance":
      if (!/^[0-9a-f]{64}  \S/.test(readFileSync(at("subject-checksums"), "utf8"))) throw new Error("no checksums");
      return;
    case "actions/upload-artifact":
      if (!existsSync(at("path"))) throw new Error(`${given.path} is not there`);
      return cpSync(at("path"), join(artifacts, given.name), { recursive: true });
    case "actions/download-artifact":
      return cpSync(join(artifacts, given.name), at("path"), { recursive: true });
    default:
      throw new Error(`nobody knows ${step.uses} here`);
  }
};

for (const name of jobs) {
  const [directory, temp] = ["work", "temp"].map((kind) => join(temporary, name, kind));
  mkdirSync(temp, { recursive: true });
  cpSync(repository, directory, { recursive: true });
  const context = { runner: { temp }, github: { token: "none" }, steps: {} };
  for (const step of workflow.jobs[name].steps) {
    console.log(`${name}: ${step.name ?? step.uses}`);
    if (step.uses) use(step, context, directory);
    else execute(step, context, directory);
  }
}

/** Type-checks the files that a `tsconfig.json` names, and no others: what they import is only read. Prints a line per fault. */
import ts from "typescript";

const [config = ""] = process.argv.slice(2);
const parsed = ts.getParsedCommandLineOfConfigFile(config, undefined, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, " "));
  },
});
if (parsed === undefined) throw new Error(`${config} cannot be read`);
const program = ts.createProgram(parsed.fileNames, parsed.options);
const wrong = [...parsed.errors, ...program.getOptionsDiagnostics()];
for (const name of parsed.fileNames) {
  const file = program.getSourceFile(name);
  wrong.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file));
}
for (const { file, messageText } of wrong)
  console.log(`${file?.fileName ?? config}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);

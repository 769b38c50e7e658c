import { Argument, type Command, type Option } from "commander";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** Adds `completion` to the command line. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description(
      "print the completion script of a shell, to be sourced. It completes the command medallion: " +
        "alias medallion='npx --no-install medallion'",
    )
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(completion(program, shell));
    });
}

/** The script that completes the commands and options of a program; files where neither is possible. */
export function completion(program: Command, shell: Shell): string {
  if (shell === "fish") return fish(program);
  const cases = program.commands.map((command) => {
    const choices = command.options.flatMap((option) =>
      (option.argChoices ?? []).length === 0
        ? []
        : [`      ${command.name()}:${option.long}) words="${option.argChoices?.join(" ")}" ;;`],
    );
    const flags = command.options.map(longName).join(" ");
    return [...choices, `      ${command.name()}:*) words="${flags} --help" ;;`].join("\n");
  });
  const names = program.commands.map((command) => command.name()).join(" ");
  return `${shell === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : ""}_medallion() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${names} --help --version"
  else
    case "\${COMP_WORDS[1]}:$previous" in
${cases.join("\n")}
    esac
    case "$words:$current" in --*:-*) ;; --*:*) words="" ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _medallion medallion
`;
}

function fish(program: Command): string {
  const lines = program.commands.flatMap((command) => [
    `complete -c medallion -n __fish_use_subcommand -f -a ${command.name()} -d ${quoted(command.description())}`,
    ...command.options.map((option) => {
      const wanted = option.argChoices ? ` -x -a ${quoted(option.argChoices.join(" "))}` : option.required ? " -r" : "";
      const condition = quoted(`__fish_seen_subcommand_from ${command.name()}`);
      const name = longName(option).slice(2);
      return `complete -c medallion -n ${condition} -l ${name}${wanted} -d ${quoted(option.description)}`;
    }),
  ]);
  return `${lines.join("\n")}\n`;
}

function longName(option: Option): string {
  return option.long ?? option.flags;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

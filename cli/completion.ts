import { Argument, Command } from "commander";

/** Makes a shell accept a bash script. */
const BEFORE = { bash: "", zsh: "autoload -U +X bashcompinit && bashcompinit\n" } as const;

export function completion(program: Command): Command {
  return new Command("completion")
    .description("Prints a shell script that completes commands, options and their values.")
    .addArgument(new Argument("<shell>", "your shell").choices(Object.keys(BEFORE)))
    .addHelpText(
      "after",
      "\nAdd to ~/.bashrc or ~/.zshrc, with this project's folder:" +
        "\n  alias rotation='npx --prefix <folder> rotation'" +
        "\n  source <(npx --prefix <folder> rotation completion bash)",
    )
    .action((shell: keyof typeof BEFORE) => {
      process.stdout.write(BEFORE[shell] + script(program));
    });
}

/**
 * A bash script. What has no known choices is completed as a file, as are the values of most options.
 */
function script(program: Command): string {
  const name = program.name();
  const commands = program.createHelp().visibleCommands(program);
  const first = [...commands.map((command) => command.name()), ...flags(program)];
  return `_${name}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} each
  local -a choices=()
  # bash takes --option=value for three words.
  if [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  if [[ $word == = ]]; then word=; fi
  if [[ $COMP_CWORD == 1 ]]; then
    choices=(${words(first)})
  else
    case "\${COMP_WORDS[1]} $before" in
${commands.flatMap(cases).join("\n")}
    esac
  fi
  for each in "\${choices[@]}"; do
    printf -v each %q "$each"
    if [[ $each == "$word"* ]]; then COMPREPLY+=("$each"); fi
  done
}
complete -o default -F _${name} ${name}
`;
}

/** What may follow an option that takes a value, and what may follow anything else. */
function cases(command: Command): string[] {
  const name = command.name();
  const wanting = command.options.filter(({ required }) => required);
  const values = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  return [
    ...wanting.map(
      ({ long, argChoices = [] }) => `      "${name} ${long}") choices=(${words(argChoices)}) ;;`,
    ),
    `      "${name} "*) choices=(${words([...values, ...flags(command)])}) ;;`,
  ];
}

function flags(command: Command): string[] {
  const options = command.createHelp().visibleOptions(command);
  return options.flatMap(({ long }) => long ?? []);
}

/** Words, quoted for the shell. */
function words(texts: readonly string[]): string {
  return texts.map((text) => `'${text}'`).join(" ");
}

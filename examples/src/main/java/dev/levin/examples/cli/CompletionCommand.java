package dev.levin.examples.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code levin completion SHELL}: a script that completes commands, options, jobs and values. */
@Command(name = "completion", mixinStandardHelpOptions = true, description = {"Prints a script that completes commands, options and jobs.",
    "bash: source <(levin completion bash). zsh: source <(levin completion zsh)."})
final class CompletionCommand implements Runnable {
    /** Shells. */
    enum Kind { BASH, ZSH }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "SHELL", defaultValue = "bash", description = "bash or zsh (default: bash).")
    private Kind shell;

    @Override
    public void run() {
        var out = spec.commandLine().getOut();
        if (shell == Kind.ZSH) {
            out.println("autoload -U +X compinit && compinit -u");
            out.println("autoload -U +X bashcompinit && bashcompinit");
        }
        out.print(AutoComplete.bash("levin", spec.root().commandLine()));
        out.flush();
    }
}

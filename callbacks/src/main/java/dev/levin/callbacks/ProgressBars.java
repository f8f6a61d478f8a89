package dev.levin.callbacks;

import java.util.Map;

/** Chooses the progress bar that fits where the program runs. */
public final class ProgressBars {
    private ProgressBars() {
    }

    /**
     * A {@link TerminalProgressBar} where a person looks at a terminal; a {@link PlainProgressBar} in pipes, files, continuous
     * integration and on terminals that can't move their cursor ({@code TERM=dumb}).
     */
    public static ProgressBarBase auto() {
        return isTerminal(System.console() != null && System.console().isTerminal(), System.getenv())
                ? TerminalProgressBar.system().<ProgressBarBase>map(b -> b).orElseGet(PlainProgressBar::new)
                : new PlainProgressBar();
    }

    static boolean isTerminal(boolean console, Map<String, String> environment) {
        return console && !"dumb".equals(environment.get("TERM")) && !environment.containsKey("CI");
    }
}

package dev.levin.trainer;

import dev.levin.nn.Module;
import java.util.ArrayList;
import java.util.List;

/** Remembers which modules of a tree were in training mode, and gives it back to them. */
final class ModuleModes {
    private final List<String> names;
    private final List<Module> modules;
    private final boolean[] training;
    private final boolean uniform;

    ModuleModes(Module root) {
        names = new ArrayList<>(root.namedModules().keySet());
        modules = new ArrayList<>(root.namedModules().values());
        training = new boolean[modules.size()];
        boolean same = true;
        for (int i = 0; i < training.length; i++) {
            training[i] = modules.get(i).isTraining();
            same &= training[i] == training[0];
        }
        uniform = same;
    }

    void restore() {
        if (uniform) {
            modules.getFirst().train(training[0]);
            return;
        }
        // Parents come before children, so the last word about each module is its own.
        for (int i = 0; i < training.length; i++) {
            if (modules.get(i).isTraining() != training[i]) {
                modules.get(i).train(training[i]);
            }
        }
    }

    /** Paths of the modules in evaluation mode; the root's is its class. */
    List<String> inEval() {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < training.length; i++) {
            if (!training[i]) {
                found.add(names.get(i).isEmpty() ? modules.get(i).getClass().getSimpleName() : names.get(i));
            }
        }
        return found;
    }
}

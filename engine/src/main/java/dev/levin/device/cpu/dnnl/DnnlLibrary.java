package dev.levin.device.cpu.dnnl;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;

/**
 * Finds {@code libdnnl} in the preset's jar, unpacks it beside the {@code libgomp} it needs, and loads it once.
 *
 * <p>{@code -Dlevin.dnnl=off} keeps it from being loaded; {@code -Dlevin.dnnl=/path/to/libdnnl.so} takes another build.
 */
@SuppressWarnings("restricted")
final class DnnlLibrary {
    static final String PROPERTY = "levin.dnnl";

    /** What became of the attempt: a lookup, or the reason why there is none. */
    record Result(SymbolLookup symbols, String path, String reason) {
        boolean loaded() {
            return symbols != null;
        }
    }

    private static final class Once {
        static final Result RESULT = load(System.getProperty(PROPERTY, ""));
    }

    private DnnlLibrary() {
    }

    static Result result() {
        return Once.RESULT;
    }

    static Result load(String choice) {
        if (choice.equalsIgnoreCase("off")) {
            return failure("oneDNN is switched off by -D" + PROPERTY + "=off");
        }
        try {
            File file = choice.isEmpty() ? extract() : new File(choice);
            if (!file.isFile()) {
                return failure("-D" + PROPERTY + "=" + choice + " is not a file; give a oneDNN library or leave it out");
            }
            // The library's run path is its own folder, which is how it finds libgomp.
            return new Result(SymbolLookup.libraryLookup(file.toPath(), Arena.global()), file.getPath(), "");
        } catch (NoNative e) {
            return failure(e.getMessage());
        } catch (IOException e) {
            return failure("could not unpack oneDNN (" + e + "); set -Dorg.bytedeco.javacpp.cachedir to a writable folder");
        } catch (IllegalArgumentException | LinkageError e) {
            return failure("could not load oneDNN: " + e.getMessage()
                    + "; a cache folder mounted noexec or a missing libstdc++.so.6 are the usual causes, "
                    + "-Dorg.bytedeco.javacpp.cachedir moves the folder");
        }
    }

    private static File extract() throws IOException, NoNative {
        String platform = Loader.getPlatform();
        String os = platform.toLowerCase(Locale.ROOT);
        String[] names = os.startsWith("windows") ? new String[] {"libomp.dll", "dnnl.dll"}
                : os.startsWith("macosx") ? new String[] {"libomp.dylib", "libdnnl.3.dylib"}
                : new String[] {"libgomp.so.1", "libdnnl.so.3"};
        File last = null;
        for (String name : names) {
            String resource = "org/bytedeco/dnnl/" + platform + "/" + name;
            URL url = DnnlLibrary.class.getClassLoader().getResource(resource);
            boolean library = name.equals(names[names.length - 1]);
            if (url == null && library) {
                throw new NoNative("no oneDNN for " + platform + " on the class path (" + resource
                        + "); add org.bytedeco:dnnl with classifier " + platform);
            }
            if (url != null) {
                last = Loader.cacheResource(url);
                if (last == null) {
                    throw new IOException("no cache folder for " + resource);
                }
            }
        }
        return last;
    }

    private static Result failure(String reason) {
        return new Result(null, "", reason);
    }

    private static final class NoNative extends Exception {
        private static final long serialVersionUID = 1L;

        NoNative(String message) {
            super(message);
        }
    }
}

package dev.levin.device.cuda;

import dev.levin.device.cuda.load.CudaInstallation;
import dev.levin.device.cuda.load.DriverProbe;
import dev.levin.device.cuda.load.LibrarySearch;
import dev.levin.device.cuda.load.LibrarySearch.Library;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The CUDA part of {@code levin doctor}: driver, GPUs, libraries, and what is missing. */
public final class CudaReport {
    private CudaReport() {
    }

    /** One line for each fact; never throws. */
    public static List<String> lines() {
        return lines(CudaInstallation.get());
    }

    static List<String> lines(CudaInstallation i) {
        List<String> out = new ArrayList<>();
        DriverProbe.Result d = i.driver();
        out.add("driver     " + (d.library() == null ? "not found" : d.library() + ", CUDA " + CudaInstallation.text(d.version())
                + (d.outcome() == DriverProbe.Outcome.OK ? "" : ", " + d.detail())));
        for (int g = 0; g < d.gpus().size(); g++) {
            out.add("gpu " + g + "      " + d.gpus().get(g));
        }
        boolean any = !i.libraries().found().isEmpty();
        for (Library l : Library.values()) {
            Path p = i.libraries().of(l);
            if (p != null) {
                out.add("found      " + p + version(i, l));
            } else if (any || d.outcome() == DriverProbe.Outcome.OK) {
                out.add((l.required() ? "missing    " : "optional   ") + l.file() + " not found; pip package " + l.pipPackage());
            }
        }
        if (!any) {
            out.add("libraries  none found in " + i.libraries().searched().size() + " folders; pip install "
                    + "nvidia-cuda-runtime nvidia-cuda-nvrtc nvidia-cublas nvidia-cudnn-cu13 brings them");
        }
        i.warnings().forEach(w -> out.add("note       " + w));
        out.add("verdict    " + (i.problem() == null ? "CUDA can be used" : i.problem()));
        return out;
    }

    private static String version(CudaInstallation i, Library l) {
        int v = i.version(l);
        return v == 0 ? "" : ", version " + switch (l) {
            case CUDART, NVRTC -> CudaInstallation.text(v);
            case CUBLAS_LT -> v / 10000 + "." + v / 100 % 100 + "." + v % 100;
            case CUDNN_GRAPH, NCCL -> v / 10000 + "." + v / 100 % 100 + "." + v % 100;
            default -> Integer.toString(v);
        };
    }

    /** Folders that were searched, for troubleshooting. */
    public static List<Path> searched() {
        return LibrarySearch.search().searched();
    }
}

package dev.levin.device.cuda.bind;

import dev.levin.device.cuda.driver.CudaException;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;

/** Return codes as exceptions. */
final class Status {
    private Status() {
    }

    static void driver(int r, String what) {
        if (r != 0) {
            try (BytePointer name = new BytePointer((org.bytedeco.javacpp.Pointer) null)) {
                int known = cudart.cuGetErrorName(r, name);
                throw new CudaException(what, r, known == 0 && !name.isNull() ? name.getString() : "unknown error");
            }
        }
    }

    static void cublas(int r, String what) {
        if (r != 0) {
            throw new CudaException(what, r, cublas.cublasGetStatusName(r).getString());
        }
    }

    static void cudnn(int r, String what) {
        if (r != 0) {
            throw new CudaException(what, r, cudnn.cudnnGetErrorString(r).getString());
        }
    }

    static void nvrtc(int r, String what) {
        if (r != 0) {
            throw new CudaException(what, r, nvrtc.nvrtcGetErrorString(r).getString());
        }
    }
}

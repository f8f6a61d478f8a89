package dev.levin.device.cuda.bind;

import static org.bytedeco.cuda.global.nccl.*;

import dev.levin.device.Communicator.Reduction;
import dev.levin.device.cuda.driver.CudaException;
import dev.levin.device.cuda.libraries.Collectives;
import dev.levin.type.DType;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclUniqueId;

/** One rank of a group by NCCL. */
final class NcclCollectives implements Collectives {
    private static final int ID_BYTES = 128;

    private final BytedecoDriver driver;
    private final int rank;
    private final int size;
    private final ncclComm group = new ncclComm();
    private final Address from = new Address();
    private final Address to = new Address();
    private boolean open;

    /** @param id what {@link #uniqueId} gave one of the ranks; the constructor returns when all ranks are there */
    NcclCollectives(BytedecoDriver driver, byte[] id, int rank, int size) {
        if (id.length != ID_BYTES) {
            throw new IllegalArgumentException("the id of a group has " + ID_BYTES + " bytes, not " + id.length);
        }
        this.driver = driver;
        this.rank = rank;
        this.size = size;
        try (ncclUniqueId u = new ncclUniqueId()) {
            for (int i = 0; i < ID_BYTES; i++) {
                u.internal(i, id[i]);
            }
            check(ncclCommInitRank(group, size, u, rank), "joining a group of " + size + " GPUs as rank " + rank);
        }
        open = true;
    }

    /** A new group's id, for one rank to hand to all. */
    static byte[] uniqueId() {
        try (ncclUniqueId u = new ncclUniqueId()) {
            check(ncclGetUniqueId(u), "ncclGetUniqueId");
            byte[] id = new byte[ID_BYTES];
            for (int i = 0; i < ID_BYTES; i++) {
                id[i] = u.internal(i);
            }
            return id;
        }
    }

    private static void check(int r, String what) {
        if (r != 0) {
            throw new CudaException(what, r, ncclGetErrorString(r).getString());
        }
    }

    private static int type(DType d) {
        return switch (d) {
            case F32 -> ncclFloat32;
            case F64 -> ncclFloat64;
            case F16 -> ncclFloat16;
            case BF16 -> ncclBfloat16;
            case I64 -> ncclInt64;
            case I32 -> ncclInt32;
            case I8 -> ncclInt8;
            case U8, BOOL -> ncclUint8;
            case I16 -> throw new UnsupportedOperationException("NCCL has no collectives of I16; use I32");
        };
    }

    private static int operation(Reduction how) {
        return switch (how) {
            case SUM -> ncclSum;
            case MEAN -> ncclAvg;
            case MAX -> ncclMax;
            case MIN -> ncclMin;
        };
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void allReduce(long a, long b, long count, DType d, Reduction how, long stream) {
        check(ncclAllReduce(from.at(a), to.at(b), count, type(d), operation(how), group, driver.stream(stream)), "ncclAllReduce");
    }

    @Override
    public void broadcast(long address, long count, DType d, int root, long stream) {
        check(ncclBroadcast(from.at(address), to.at(address), count, type(d), root, group, driver.stream(stream)), "ncclBroadcast");
    }

    @Override
    public void allGather(long a, long b, long count, DType d, long stream) {
        check(ncclAllGather(from.at(a), to.at(b), count, type(d), group, driver.stream(stream)), "ncclAllGather");
    }

    @Override
    public void reduceScatter(long a, long b, long count, DType d, Reduction how, long stream) {
        check(ncclReduceScatter(from.at(a), to.at(b), count, type(d), operation(how), group, driver.stream(stream)), "ncclReduceScatter");
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            check(ncclCommDestroy(group), "ncclCommDestroy");
        }
    }
}

package dev.levin.reference;

import dev.levin.graph.LinalgFunction;
import dev.levin.graph.Program;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.Comparator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.decomposition.lu.LUDecompositionAlt_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.linsol.lu.LinearSolverLu_DDRM;

/**
 * Factorisations of the last two axes, in double, one matrix at a time.
 *
 * <p>CHOLESKY and EIGH read the lower triangle. QR has LAPACK's signs: a column is reflected to minus the sign of its
 * first element, and kept if nothing is below it. The signs of singular and eigenvectors are not defined.
 */
final class Linalg {
    private Linalg() {
    }

    static HostArray factor(Program.Instr in, HostArray x, Shape s) {
        int m = s.dim(-2);
        int n = s.dim(-1);
        LinalgFunction f = LinalgFunction.values()[in.attr(0)];
        if (m != n && f != LinalgFunction.QR && f != LinalgFunction.SVD) {
            throw new IllegalArgumentException(f + " needs square matrices, not " + s);
        }
        double[] a = Values.doubles(x);
        double[] out = new double[Math.toIntExact(in.shape().numel())];
        if (m == 0 || n == 0) {
            Arrays.fill(out, f == LinalgFunction.DET ? 1 : 0);
            return Values.of(in.dtype(), out);
        }
        int count = a.length / (m * n);
        for (int i = 0; i < count; i++) {
            DMatrixRMaj matrix = DMatrixRMaj.wrap(m, n, Arrays.copyOfRange(a, i * m * n, (i + 1) * m * n));
            double[] result = switch (f) {
                case INVERSE -> inverse(matrix, i);
                case DET -> new double[] {determinant(matrix)};
                case CHOLESKY -> cholesky(matrix, i);
                case QR -> qr(matrix, in.attr(1));
                case SVD -> svd(matrix, in.attr(1), i);
                case EIGH -> eigh(matrix, in.attr(1), i);
            };
            System.arraycopy(result, 0, out, i * result.length, result.length);
        }
        return Values.of(in.dtype(), out);
    }

    private static ArithmeticException fails(String what, int index, String hint) {
        return new ArithmeticException("matrix " + index + " of the batch " + what + "; " + hint);
    }

    private static double[] inverse(DMatrixRMaj a, int index) {
        var solver = new LinearSolverLu_DDRM(new LUDecompositionAlt_DDRM());
        DMatrixRMaj inverse = new DMatrixRMaj(a.numRows, a.numCols);
        boolean regular = solver.setA(a);
        for (int i = 0; regular && i < a.numRows; i++) {
            regular = solver.getDecomposition().getLU().get(i, i) != 0;
        }
        if (!regular) {
            throw fails("is singular and has no inverse", index, "add a small multiple of the identity, or use a least-squares solution");
        }
        solver.invert(inverse);
        return inverse.data;
    }

    private static double determinant(DMatrixRMaj a) {
        var lu = new LUDecompositionAlt_DDRM();
        lu.decompose(a);
        return lu.computeDeterminant().real;
    }

    private static double[] cholesky(DMatrixRMaj a, int index) {
        var chol = DecompositionFactory_DDRM.chol(a.numRows, true);
        mirrorLower(a);
        if (!chol.decompose(a)) {
            throw fails("is not positive definite", index, "check that it is symmetric, or add a small multiple of the identity");
        }
        return chol.getT(null).data;
    }

    private static void mirrorLower(DMatrixRMaj a) {
        for (int i = 0; i < a.numRows; i++) {
            for (int j = i + 1; j < a.numCols; j++) {
                a.set(i, j, a.get(j, i));
            }
        }
    }

    /** Householder reflections H_k = I - tau v v^T, applied to A for R and backwards to the identity for Q. */
    private static double[] qr(DMatrixRMaj r, int output) {
        int m = r.numRows;
        int n = r.numCols;
        int k = Math.min(m, n);
        double[][] vectors = new double[k][];
        for (int j = 0; j < k; j++) {
            double[] v = new double[m];
            double below = 0;
            for (int i = j; i < m; i++) {
                v[i] = r.get(i, j);
                below = i > j ? Math.hypot(below, v[i]) : 0;
            }
            if (below == 0) {
                continue;
            }
            double beta = -Math.copySign(Math.hypot(v[j], below), v[j]);
            v[j] -= beta;
            vectors[j] = v;
            reflect(v, j, r);
            r.set(j, j, beta);
            for (int i = j + 1; i < m; i++) {
                r.set(i, j, 0);
            }
        }
        if (output == 1) {
            return Arrays.copyOf(r.data, k * n);
        }
        DMatrixRMaj q = new DMatrixRMaj(m, k);
        CommonOps_DDRM.setIdentity(q);
        for (int j = k - 1; j >= 0; j--) {
            if (vectors[j] != null) {
                reflect(vectors[j], j, q);
            }
        }
        return q.data;
    }

    private static void reflect(double[] v, int from, DMatrixRMaj a) {
        double square = 0;
        for (int i = from; i < v.length; i++) {
            square += v[i] * v[i];
        }
        for (int j = 0; j < a.numCols; j++) {
            double dot = 0;
            for (int i = from; i < v.length; i++) {
                dot += v[i] * a.get(i, j);
            }
            for (int i = from; i < v.length; i++) {
                a.add(i, j, -2 * dot / square * v[i]);
            }
        }
    }

    private static double[] svd(DMatrixRMaj a, int output, int index) {
        int k = Math.min(a.numRows, a.numCols);
        var svd = DecompositionFactory_DDRM.svd(a.numRows, a.numCols, true, true, true);
        if (!svd.decompose(a)) {
            throw fails("has no singular value decomposition that converges", index, "check it for NaN and infinity");
        }
        DMatrixRMaj u = svd.getU(null, false);
        DMatrixRMaj vt = svd.getV(null, true);
        DMatrixRMaj w = svd.getW(null);
        SingularOps_DDRM.descendingOrder(u, false, w, vt, true);
        return switch (output) {
            case 0 -> u.data;
            case 1 -> {
                double[] values = new double[k];
                for (int i = 0; i < k; i++) {
                    values[i] = w.get(i, i);
                }
                yield values;
            }
            default -> vt.data;
        };
    }

    private static double[] eigh(DMatrixRMaj a, int output, int index) {
        int n = a.numRows;
        mirrorLower(a);
        var eig = DecompositionFactory_DDRM.eig(n, true, true);
        if (!eig.decompose(a)) {
            throw fails("has no eigenvalue decomposition that converges", index, "check it for NaN and infinity");
        }
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> eig.getEigenvalue(i).getReal()));
        double[] out = new double[output == 0 ? n : n * n];
        for (int j = 0; j < n; j++) {
            if (output == 0) {
                out[j] = eig.getEigenvalue(order[j]).getReal();
            } else {
                DMatrixRMaj v = eig.getEigenVector(order[j]);
                for (int i = 0; i < n; i++) {
                    out[i * n + j] = v.data[i];
                }
            }
        }
        return out;
    }
}

package dev.levin.graph;

/** Dense factorisations of the last two axes; the number is how many outputs each has (one node per output). */
public enum LinalgFunction {
    /** Inverse of square matrices. */
    INVERSE(1),
    /** Determinant; shape loses the last two axes. */
    DET(1),
    /** Lower triangular L with A = L L^T. */
    CHOLESKY(1),
    /** Reduced Q and R. */
    QR(2),
    /** Reduced U, singular values (descending), V^T. */
    SVD(3),
    /** Eigenvalues (ascending) and eigenvectors of symmetric matrices. */
    EIGH(2);

    private final int outputs;

    LinalgFunction(int outputs) {
        this.outputs = outputs;
    }

    public int outputs() {
        return outputs;
    }
}

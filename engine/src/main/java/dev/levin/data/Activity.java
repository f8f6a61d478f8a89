package dev.levin.data;

/** What a thread is loading, for messages about one that does not come back. Written by its thread, read by others. */
final class Activity {
    private volatile int batch = -1;
    private volatile int sample = -1;

    void batch(int number) {
        sample = -1;
        batch = number;
    }

    void sample(int index) {
        sample = index;
    }

    int sample() {
        return sample;
    }

    void rest() {
        batch = -1;
    }

    @Override
    public String toString() {
        int b = batch;
        int s = sample;
        return b < 0 ? "idle" : "at batch " + b + (s < 0 ? "" : ", sample " + s);
    }
}

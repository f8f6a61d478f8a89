package dev.levin.type;

import java.util.Locale;

/** Where a tensor lives: a kind of device and its index, as {@code cpu} or {@code cuda:0}. */
public record Device(Kind kind, int index) {
    public enum Kind { CPU, CUDA }

    public static final Device CPU = new Device(Kind.CPU, 0);

    public Device {
        if (index < 0) {
            throw new IllegalArgumentException("device index " + index + " is negative; use 0 for the first device");
        }
    }

    public static Device cuda(int index) {
        return new Device(Kind.CUDA, index);
    }

    /** Parses {@code "cpu"}, {@code "cuda"}, {@code "cuda:1"}. */
    public static Device parse(String text) {
        String s = text.toLowerCase(Locale.ROOT).trim();
        if (s.equals("cpu") || s.equals("cpu:0")) {
            return CPU;
        }
        if (s.equals("cuda") || s.equals("gpu")) {
            return cuda(0);
        }
        if (s.matches("cuda:\\d{1,3}")) {
            return cuda(Integer.parseInt(s.substring(5)));
        }
        throw new IllegalArgumentException("unknown device '" + text + "'; use cpu, cuda or cuda:N");
    }

    public boolean isCpu() {
        return kind == Kind.CPU;
    }

    @Override
    public String toString() {
        return kind == Kind.CPU ? "cpu" : "cuda:" + index;
    }
}

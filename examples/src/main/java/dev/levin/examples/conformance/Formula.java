package dev.levin.examples.conformance;

import java.util.function.LongToDoubleFunction;

/** Arithmetic over {@code epoch} as a corpus writes it in Python: numbers, + - * / // % **, brackets, min and max. */
final class Formula {
    private final String text;
    private final double epoch;
    private int at;

    private Formula(String text, double epoch) {
        this.text = text;
        this.epoch = epoch;
    }

    /** @throws IllegalArgumentException naming the character that does not fit */
    static LongToDoubleFunction of(String text) {
        String body = text.replaceFirst("^\\s*lambda\\s+epoch\\s*:", "").replace(" ", "");
        evaluate(body, 1);
        return epoch -> evaluate(body, epoch);
    }

    private static double evaluate(String body, double epoch) {
        Formula f = new Formula(body, epoch);
        double v = f.sum();
        if (f.at != body.length()) {
            throw f.unexpected();
        }
        return v;
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("can't read \"" + text + "\" at position " + at);
    }

    private boolean take(String symbol) {
        if (text.startsWith(symbol, at)) {
            at += symbol.length();
            return true;
        }
        return false;
    }

    private double sum() {
        double v = product();
        while (true) {
            if (take("+")) {
                v += product();
            } else if (take("-")) {
                v -= product();
            } else {
                return v;
            }
        }
    }

    private double product() {
        double v = signed();
        while (true) {
            if (text.startsWith("**", at)) {
                return v;
            } else if (take("*")) {
                v *= signed();
            } else if (take("//")) {
                v = Math.floor(v / signed());
            } else if (take("/")) {
                v /= signed();
            } else if (take("%")) {
                double d = signed();
                v -= d * Math.floor(v / d);
            } else {
                return v;
            }
        }
    }

    private double signed() {
        return take("-") ? -signed() : take("+") ? signed() : power();
    }

    /** Binds more tightly than a sign before it, and to the right. */
    private double power() {
        double base = atom();
        return take("**") ? Math.pow(base, signed()) : base;
    }

    private double atom() {
        if (take("epoch")) {
            return epoch;
        }
        boolean min = take("min(");
        if (min || take("max(")) {
            double v = sum();
            while (take(",")) {
                double w = sum();
                v = min ? Math.min(v, w) : Math.max(v, w);
            }
            close();
            return v;
        }
        if (take("(")) {
            double v = sum();
            close();
            return v;
        }
        int from = at;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.' || text.charAt(at) == 'e'
                || (text.charAt(at) == '-' || text.charAt(at) == '+') && at > from && text.charAt(at - 1) == 'e')) {
            at++;
        }
        if (at == from) {
            throw unexpected();
        }
        return Double.parseDouble(text.substring(from, at));
    }

    private void close() {
        if (!take(")")) {
            throw unexpected();
        }
    }
}

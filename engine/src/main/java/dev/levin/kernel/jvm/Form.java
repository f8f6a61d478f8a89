package dev.levin.kernel.jvm;

/**
 * On which sides of a tile a value depends. A tile is a box of rows (axis m) times lanes (axis n) with every other axis
 * fixed; a FULL value has an element for each of both, a ROW value one for each row, a LANE value one for each lane.
 */
enum Form {
    ONE, ROW, LANE, FULL;

    static Form of(boolean rows, boolean lanes) {
        return rows ? lanes ? FULL : ROW : lanes ? LANE : ONE;
    }

    Form and(Form o) {
        return values()[ordinal() | o.ordinal()];
    }
}

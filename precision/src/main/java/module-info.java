/** What a precision name means: casts, autocasting, loss scaling. */
module dev.levin.precision {
    requires transitive dev.levin.engine;
    requires org.slf4j;

    exports dev.levin.precision;
}

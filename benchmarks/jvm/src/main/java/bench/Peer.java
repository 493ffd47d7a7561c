package bench;

/** Signs one PDF, PAdES B-B, invisible. */
interface Peer {
    byte[] sign(byte[] pdf) throws Exception;
}

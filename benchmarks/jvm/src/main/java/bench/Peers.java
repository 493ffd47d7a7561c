package bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code Peers dss|pdfbox KEY.p12 PASSWORD}: signs as told by lines on standard input, fields parted by tabs, and answers
 * each with one line. {@code open FILE} reads the PDF to sign from now on; {@code warm SECONDS} signs it for as long and
 * {@code time TIMES} as often, both answer with nanoseconds a signature; {@code write FILE} signs once into a file.
 */
public final class Peers {
    private Peers() {}

    public static void main(String[] args) throws Exception {
        Key key = Key.open(Path.of(args[1]), args[2].toCharArray());
        Peer peer = args[0].equals("dss") ? new DssPeer(key) : new PdfBoxPeer(key);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        byte[] pdf = {};
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] told = line.split("\t");
            switch (told[0]) {
                case "open" -> {
                    pdf = Files.readAllBytes(Path.of(told[1]));
                    out.println(pdf.length);
                }
                case "warm" -> out.println(warm(peer, pdf, Double.parseDouble(told[1])));
                case "time" -> out.println(time(peer, pdf, Integer.parseInt(told[1])));
                case "write" -> out.println(Files.write(Path.of(told[1]), peer.sign(pdf)).toFile().length());
                default -> throw new IllegalArgumentException(line);
            }
        }
    }

    private static long warm(Peer peer, byte[] pdf, double seconds) throws Exception {
        long begin = System.nanoTime();
        int times = 0;
        while (System.nanoTime() - begin < seconds * 1e9) {
            peer.sign(pdf);
            times++;
        }
        return (System.nanoTime() - begin) / times;
    }

    private static long time(Peer peer, byte[] pdf, int times) throws Exception {
        long begin = System.nanoTime();
        for (int i = 0; i < times; i++) {
            peer.sign(pdf);
        }
        return (System.nanoTime() - begin) / times;
    }
}

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Answers questions about PDF files, one JSON line for each line read from standard input, until that ends.
 *
 * <p>A question is tab-separated: {@code signatures}, a file, a trusted root, the validation time (RFC 3339); or
 * {@code conformance} and a file. An answer that could not be given holds {@code error}.
 */
final class Oracle {
    private Oracle() {}

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF);
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // a library that prints must not garble the answers
        System.setOut(System.err);
        ObjectMapper json = new ObjectMapper();
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            answers.println(json.writeValueAsString(answer(line.split("\t", -1))));
        }
    }

    private static Map<String, Object> answer(String[] question) {
        try {
            return switch (question[0]) {
                case "signatures" -> Signatures.of(Path.of(question[1]), Path.of(question[2]), Instant.parse(question[3]));
                case "conformance" -> Conformance.of(Path.of(question[1]));
                default -> throw new IllegalArgumentException("got " + question[0] + ", expected signatures or conformance");
            };
        } catch (Exception | StackOverflowError | OutOfMemoryError fault) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("error", fault.toString());
            return answer;
        }
    }
}

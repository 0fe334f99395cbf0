#include "runtime/cli/Words.h"
#include "runtime/include/lfm2rt/abi.h"

namespace lfm2rt {
namespace {

constexpr uint32_t tokens = INT32_MAX;
using O = Options;
constexpr Need none = Need::Nothing;

// A word that means different things to a causal and to a bidirectional model
// has a line in the group of each.
constexpr Word table[] = {
    {"", "chat in a terminal; Ctrl-C stops an answer", Group::CausalTasks,
     &O::chat},
    {"--prompt TEXT", "complete TEXT", Group::CausalTasks, &O::prompt, none,
     CompletesText},
    {"--file FILE", nullptr, Group::CausalTasks, &O::file, none, CompletesText,
     0, 0, reads},
    {"-", "complete the text of a file, of standard input", Group::CausalTasks,
     &O::standardInput, none, CompletesText},
    {"--messages FILE|-",
     "answer a conversation: OpenAI's JSON, a list of messages or an object "
     "with messages and tools",
     Group::CausalTasks, &O::messages, none, CompletesText, 0, 0, reads},
    {"--tokens 1,2,3", "complete token ids", Group::CausalTasks, &O::tokens,
     none, CompletesIds},

    {"--jsonl FILE|-",
     "answer many prompts at once, a line of JSON each, by lines of JSON",
     Group::CausalTasks, &O::jsonl, none, AnswersLines, 0, 0, reads},

    {"--embed TEXT|FILE|-",
     "vectors of a text, of each line of a file that is there, of standard "
     "input; JSON, a line a text",
     Group::TextTasks, &O::embed, none, Embeds},
    {"--embed-file FILE", "the same of a file", Group::TextTasks, &O::embedFile,
     none, Embeds, 0, 0, reads},
    {"--tokens 1,2,3", nullptr, Group::TextTasks, &O::tokens, none,
     CompletesIds},
    {"--prompt TEXT", nullptr, Group::TextTasks, &O::prompt, none,
     CompletesText},
    {"--file FILE", nullptr, Group::TextTasks, &O::file, none, CompletesText},
    {"-", "a text for --hidden or --logits", Group::TextTasks,
     &O::standardInput, none, CompletesText},

    {"--tokenize TEXT", nullptr, Group::Tasks, &O::tokenize, none, NeedsNoStep},
    {"--tokenize-file FILE", "print the ids of a text", Group::Tasks,
     &O::tokenizeFile, none, NeedsNoStep},
    {"--detokenize 1,2,3", "print the text of ids", Group::Tasks,
     &O::detokenize, none, NeedsNoStep},
    {"--bench", "measure this machine; JSON", Group::Tasks, &O::bench, none,
     Benches},
    {"--info", "describe the model; JSON", Group::Tasks, &O::info, none,
     NeedsNoStep},
    {"--verify", "check every byte of program and weights", Group::Tasks,
     &O::verify, none, NeedsNoStep},
    {"-h", nullptr, Group::Tasks, &O::help},
    {"--help", "print this", Group::Tasks, &O::help},

    {"--chat", "the text is what a user says, in the model's chat form",
     Group::Conversations, &O::chat, Need::Conversing},
    {"--system TEXT", "what the model is told before all", Group::Conversations,
     &O::system, Need::Conversing},
    {"--tools FILE", nullptr, Group::Conversations, &O::tools, Need::Conversing,
     0, 0, 0, reads},
    {"--tool-choice auto|required|NAME",
     "functions that it may call, or has to: OpenAI's JSON, a list",
     Group::Conversations, &O::toolChoice, Need::Conversing},
    {"--variables JSON",
     "an object of what else the chat template reads, as "
     "{\"enable_thinking\": false}",
     Group::Conversations, &O::variables, Need::Conversing},
    {"--show-prompt",
     "print what the model would read, or with --print-tokens its ids",
     Group::Conversations, &O::showPrompt, Need::ConversingOnce},
    {"--json", "print the answer as a message in OpenAI's JSON",
     Group::Conversations, &O::json, Need::ConversingOnce},
    {"--context-full shift|stop",
     "of a chat: go on without its oldest messages (default), or end there",
     Group::Conversations, &O::whenFull, Need::Chatting},
    {"--history FILE", "keep what was said at the terminal, for next time",
     Group::Conversations, &O::history, Need::Chatting, 0, 0, 0, writes},
    {"--schema FILE", nullptr, Group::Answers, &O::schema, Need::Generating, 0,
     0, 0, reads},
    {"--grammar FILE",
     "the answer is JSON of this schema, or of this grammar (GBNF)",
     Group::Answers, &O::grammar, Need::Generating, 0, 0, 0, reads},
    {"--load FILE", nullptr, Group::Answers, &O::load, Need::Continuing},
    {"--save FILE", "go on from there; keep what was read and answered",
     Group::Answers, &O::save, Need::Continuing, 0, 0, 0, writes},
    {"--lookup", "guess what comes next from what was said", Group::Answers,
     &O::lookup, Need::Continuing},
    {"--stop TEXT", "end where the model writes TEXT, which is not shown",
     Group::Answers, &O::stop},
    {"--ignore-eos", "go on where the model would end", Group::Answers,
     &O::ignoreStop, Need::Answering},
    {"--print-tokens", "print new ids instead of text", Group::Answers,
     &O::printTokens, Need::Answering},
    {"--logprobs N",
     "a line of JSON for each new token: its log probability, and the N "
     "highest",
     Group::Answers, &O::logprobs, Need::Completing, 0, 0, mostLogprobs},

    {"-n N",
     "at most N new tokens (default: until the model ends; with --logits and "
     "--hidden none)",
     Group::Limits, &O::most, none, 0, 0, tokens},
    {"--context N", "room for N tokens, all together", Group::Limits,
     &O::context, none, 0, 1, tokens},

    {"--temp T", "0: the most likely token, without a penalty", Group::Sampling,
     &O::temperature},
    {"--top-k K", nullptr, Group::Sampling, &O::topK, none, 0, -1, tokens},
    {"--top-p P", nullptr, Group::Sampling, &O::topP},
    {"--min-p P", nullptr, Group::Sampling, &O::minP},
    // By 0 a logit would become infinite.
    {"--repeat-penalty R",
     "sampling (default: what the model's makers recommend)", Group::Sampling,
     &O::penalty, none, 0, /*least=*/1},
    {"--repeat-last-n N", nullptr, Group::Sampling, &O::penaltyTokens, none, 0,
     0, tokens},
    {"--frequency-penalty F", nullptr, Group::Sampling, &O::frequency},
    {"--presence-penalty F",
     "penalties, for the last 64 or N tokens; all that follows is as in "
     "llama.cpp",
     Group::Sampling, &O::presence},
    {"--dry-multiplier F", nullptr, Group::Sampling, &O::dryMultiplier},
    {"--dry-base F", nullptr, Group::Sampling, &O::dryBase},
    {"--dry-allowed-length N", nullptr, Group::Sampling, &O::dryAllowed, none,
     0, 0, tokens},
    {"--dry-penalty-last-n N", nullptr, Group::Sampling, &O::dryTokens, none, 0,
     0, tokens},
    {"--dry-sequence-breaker TEXT",
     "a penalty for what makes a repetition longer; \"none\" for no breaker",
     Group::Sampling, &O::dryBreakers},
    {"--top-nsigma N", nullptr, Group::Sampling, &O::topSigma},
    {"--typical P", nullptr, Group::Sampling, &O::typical},
    {"--xtc-probability P", nullptr, Group::Sampling, &O::xtcProbability},
    {"--xtc-threshold P", "more filters", Group::Sampling, &O::xtcThreshold},
    {"--dynatemp-range F", nullptr, Group::Sampling, &O::temperatureRange},
    {"--dynatemp-exp F", "temperatures of T - F ... T + F", Group::Sampling,
     &O::temperatureExponent},
    {"--mirostat 2", nullptr, Group::Sampling, &O::mirostat, none, 0, 2, 2},
    {"--mirostat-lr F", nullptr, Group::Sampling, &O::mirostatRate},
    {"--mirostat-ent F", "in place of filters and penalties", Group::Sampling,
     &O::mirostatEntropy},
    {"--logit-bias ID(+|-)F", "add to a logit; -inf bans the token",
     Group::Sampling, &O::biases},
    {"--seed S",
     "start of the random numbers, 0 ... 4294967295 (default: another each "
     "time)",
     Group::Sampling, &O::seed, none, 0, -1, UINT32_MAX},

    {"--out FILE", "write the answers there", Group::Lines, &O::out,
     Need::Lines, 0, 0, 0, writes},
    {"--resume",
     "take up the run that was interrupted: what stands in --out stays",
     Group::Lines, &O::resume, Need::Lines},
    {"--parallel N",
     "answer N lines in the same steps (default: up to 32, as many as half of "
     "the free memory has room for)",
     Group::Lines, &O::parallel, Need::Lines, 0, 1, LFM2RT_MOST_TURNS},

    {"--prompt-name NAME",
     "put this prompt of the model in front of each text; see --info; of a "
     "query no punctuation is left out",
     Group::Vectors, &O::promptName, Need::Embedding},
    {"--no-normalize", "vectors as they are, not of length 1", Group::Vectors,
     &O::asGiven, Need::Embedding},
    {"--truncate", "cut what is too long", Group::Vectors, &O::truncate,
     Need::Embedding},
    {"--raw FILE",
     "write the vectors as float32 [vectors, elements], little endian; of a "
     "model with a vector a token, print how many each text has",
     Group::Vectors, &O::raw, Need::Embedding, 0, 0, 0, writes},

    {"--device D",
     "auto (the best device, or else the CPU), cpu, gpu, gpu:1, or a part of a "
     "device's name",
     Group::Devices, &O::device},
    {"--devices", "list them, and what they lack", Group::Devices, &O::devices,
     none, NeedsNoStep},

    {"--threads N", "(default: the cores this process may use)", Group::Machine,
     &O::threads, none, 0, 1, LFM2_MAX_THREADS},
    {"--pin[=0,2,4]", "each thread on a CPU of its own (of these)",
     Group::Machine, &O::pin},
    {"--balance", "measure the cores first, and give slower ones less to do",
     Group::Machine, &O::balance},
    {"--shares 3,1", "how the threads divide the work; results stay the same",
     Group::Machine, &O::shares},
    {"--weights FILE", "take the weights from there", Group::Machine,
     &O::weights, none, 0, 0, 0, reads},

    {"--logits FILE",
     "write the logits of every position, as float32 [positions, vocabulary], "
     "little endian",
     Group::Measuring, &O::logits, Need::Completing, 0, 0, 0, writes},
    {"--hidden FILE",
     "write the hidden states after the last norm, as float32 [positions, "
     "channels], little endian",
     Group::Measuring, &O::hidden, Need::Completing, 0, 0, 0, writes},
    {"--profile[=FILE]",
     "at the end, on standard error, where the time went; in FILE a trace as "
     "JSON, which Perfetto opens",
     Group::Measuring, &O::profile, Need::Steps, 0, 0, 0, writes},
    {"--bench-repeat N", "runs to take the median of (5)", Group::Measuring,
     &O::benchRepeat, none, 0, 1, 999},
    {"--bench-prompt N", nullptr, Group::CausalBench, &O::benchPrompt, none, 0,
     1, tokens},
    {"--bench-gen N", nullptr, Group::CausalBench, &O::benchGenerate, none, 0,
     1, tokens},
    {"--bench-depth N",
     "tokens read and made (512, 128), tokens already in the context (0)",
     Group::CausalBench, &O::benchDepth, none, 0, 0, tokens},
    {"--bench-texts N", nullptr, Group::TextBench, &O::benchTexts, none, 0, 1,
     tokens},
    {"--bench-text-tokens N", "texts (64) of so many tokens (128)",
     Group::TextBench, &O::benchText, none, 0, 1, tokens},
};

static_assert(sizeof(table) / sizeof(*table) <= mostWords, "raise it");

constexpr Pair pairTable[] = {
    {"--balance", "--shares", /*together=*/false},
    {"--resume", "--out", /*together=*/true},
    {"--schema", "--grammar", /*together=*/false},
    {"--json", "--print-tokens", /*together=*/false},
    {"--json", "--logprobs", /*together=*/false},
    {"--logprobs", "--print-tokens", /*together=*/false},
};

constexpr GroupFacts groups[] = {
    {"Runs the language model that this program was compiled from.", OfCausal,
     false},
    {"Runs the bidirectional model that this program was compiled from.",
     OfTexts, false},
    {nullptr, OfAny, false},
    {"Conversations", OfCausal, true},
    {"Answers", OfCausal, true},
    {"Limits", OfAny, true},
    {"Sampling", OfCausal, true},
    {"Many prompts", OfCausal, false},
    {"Vectors", OfTexts, false},
    {"Devices", OfDevices, false},
    {"The machine", OfAny, false},
    {"Looking closer", OfAny, false},
    {nullptr, OfCausal, false},
    {nullptr, OfTexts, false},
};

constexpr uint8_t completes = CompletesText | CompletesIds;
constexpr NeedFacts needs[] = {
    {0xff, nullptr, nullptr},
    {completes, "something to complete", "add --prompt, --file, --tokens or -"},
    {completes | AnswersLines, "something to answer",
     "add --prompt, --file, --tokens, --jsonl or -"},
    {uint8_t(Chats | completes), "something to go on with", "drop one of them"},
    {uint8_t(Chats | completes | AnswersLines), "something to answer",
     "drop one of them"},
    {Chats, "a chat", "drop one of them"},
    {Chats | CompletesText | AnswersLines, "a text", "drop one of them"},
    {CompletesText, "a text", "add --messages, --prompt, --file or -"},
    {AnswersLines, "lines to answer", "add --jsonl"},
    {Embeds, "texts to embed", "add --embed or --embed-file"},
    {uint8_t(~NeedsNoStep), "steps of the model to measure",
     "drop one of them"},
};

} // namespace

const WordTable words = {table, table + sizeof(table) / sizeof(*table)};
const PairTable pairs = {pairTable,
                         pairTable + sizeof(pairTable) / sizeof(*pairTable)};

const GroupFacts &factsOf(Group group) { return groups[size_t(group)]; }
const NeedFacts &factsOf(Need need) { return needs[size_t(need)]; }

} // namespace lfm2rt

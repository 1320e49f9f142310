// What the vendors' own clients send, caught by ttsq-say. README.md says how to run it and keep the result.
import OpenAI from "openai";
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";

const at = `http://127.0.0.1:${process.argv[2]}`;
const text = 'Grüße, "Welt" & <alle>.';

const openai = new OpenAI({ apiKey: "sk-test-openai", baseURL: `${at}/openai/v1` });
await openai.audio.speech.create({
    model: "gpt-4o-mini-tts", voice: "alloy", input: text, response_format: "wav", speed: 1.25,
    instructions: "slowly",
});

const elevenlabs = new ElevenLabsClient({ apiKey: "el-test-key", baseUrl: `${at}/elevenlabs` });
const audio = await elevenlabs.textToSpeech.convert("21m00Tcm4TlvDq8ikWAM", {
    text, modelId: "eleven_multilingual_v2", outputFormat: "mp3_44100_128", languageCode: "de", seed: 7,
    previousText: "before", nextText: "after",
    voiceSettings: { stability: 0.5, similarityBoost: 0.75, speed: 1.1 },
});
for await (const piece of audio) void piece;

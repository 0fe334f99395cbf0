plugins { id("com.android.library") }

android {
    namespace = "org.example.answer"
    compileSdk = 35
    ndkVersion = "27.2.12479018"
    defaultConfig {
        minSdk = 28
        ndk { abiFilters += "arm64-v8a" }
        externalNativeBuild {
            cmake { arguments += "-Dlfm2_DIR=" + (findProperty("lfm2.dir") ?: "/usr/lib/cmake/lfm2") }
        }
    }
    externalNativeBuild {
        cmake {
            path = file("src/main/cpp/CMakeLists.txt")
            version = "3.22.1"
        }
    }
    // Where CMakeLists.txt leaves model.weights.
    sourceSets["main"].assets.srcDir(layout.buildDirectory.dir("weights"))
    androidResources { noCompress += "weights" }
}

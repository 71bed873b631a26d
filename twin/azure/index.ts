export { azureProvider } from "./provider";
export { AzureCloud } from "./azureCloud";
